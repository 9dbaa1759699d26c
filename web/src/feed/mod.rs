//! Reading product feeds: formats, mappings, drafts, pictures, and the import that writes them.
//!
//! Streams: one batch of rows is in memory at a time, whatever the size of the file.

pub mod batch;
mod delimited;
pub mod discovery;
pub mod draft;
mod google;
pub mod import;
mod json_array;
mod json_lines;
pub mod mapping;
pub mod pictures;
pub mod read;
pub mod record;
pub mod template;
