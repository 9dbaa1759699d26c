//! The Google Merchant product feed as XML: RSS 2.0 `<item>` or Atom `<entry>`, with the
//! `g:` namespace prefix left out of field names. Nested groups (`g:shipping`,
//! `g:product_detail`) become dotted names. Entities beyond XML's own five are refused,
//! so no document can define one that grows.

use super::read::Records;
use super::record::{Record, RowError};
use quick_xml::{
    Reader,
    escape::resolve_xml_entity,
    events::{BytesRef, BytesStart, Event},
};
use std::io::BufRead;

const LONGEST_FIELD: usize = 1 << 20;
const DEEPEST: usize = 8;

struct Items<R: BufRead> {
    xml: Reader<R>,
    buffer: Vec<u8>,
    row: u64,
    failed: bool,
}

pub(super) fn records(reader: impl BufRead + Send + 'static) -> Records {
    let mut xml = Reader::from_reader(reader);
    xml.config_mut().trim_text(false);
    Box::new(Items {
        xml,
        buffer: Vec::new(),
        row: 0,
        failed: false,
    })
}

impl<R: BufRead> Iterator for Items<R> {
    type Item = Result<Record, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        loop {
            self.buffer.clear();
            match self.xml.read_event_into(&mut self.buffer) {
                Ok(Event::Eof) => return None,
                Ok(Event::Start(tag)) if matches!(tag.local_name().as_ref(), "item" | "entry") => {
                    self.row += 1;
                    let outcome = self.item();
                    self.failed = outcome.as_ref().is_err_and(|error| !error.recoverable);
                    return Some(outcome);
                }
                Ok(_) => {}
                Err(error) => {
                    self.failed = true;
                    return Some(Err(RowError::fatal(
                        self.row + 1,
                        format!("not well-formed XML: {error}"),
                    )));
                }
            }
        }
    }
}

impl<R: BufRead> Items<R> {
    /// Reads up to the end tag of the item, even when the item itself is refused.
    fn item(&mut self) -> Result<Record, RowError> {
        let row = self.row;
        let mut record = Record::new(row);
        let mut path: Vec<String> = Vec::new();
        let mut text = String::new();
        let mut refused = None;
        loop {
            self.buffer.clear();
            let event = self.xml.read_event_into(&mut self.buffer);
            match event.map_err(|error| RowError::fatal(row, format!("not well-formed XML: {error}")))? {
                Event::Eof => return Err(RowError::fatal(row, "the file ends inside an item")),
                Event::Start(tag) => {
                    text.clear();
                    path.push(tag.local_name().as_ref().to_lowercase());
                    push_link(&tag, &path, &mut record);
                }
                Event::Empty(tag) => {
                    path.push(tag.local_name().as_ref().to_lowercase());
                    push_link(&tag, &path, &mut record);
                    path.pop();
                }
                Event::End(_) if path.is_empty() => return refused.map_or(Ok(record), Err),
                Event::End(_) => {
                    record.push(&path.join("."), &text);
                    text.clear();
                    path.pop();
                }
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(entity) => match resolve(&entity) {
                    Some(character) => text.push_str(&character),
                    None => refused = Some(RowError::recoverable(row, format!("unknown entity &{};", &*entity))),
                },
                _ => {}
            }
            if text.len() > LONGEST_FIELD || path.len() > DEEPEST {
                text.clear();
                path.truncate(DEEPEST);
                return Err(RowError::fatal(row, "a field over 1 MiB or nested too deep"));
            }
        }
    }
}

/// Atom gives links as attributes: `<link href="…"/>`.
fn push_link(tag: &BytesStart<'_>, path: &[String], record: &mut Record) {
    if let Ok(Some(href)) = tag.try_get_attribute("href") {
        record.push(&path.join("."), &href.value);
    }
}

fn resolve(entity: &BytesRef<'_>) -> Option<String> {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return Some(character.to_string());
    }
    resolve_xml_entity(entity).map(str::to_owned)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const FEED: &str = r#"<?xml version="1.0"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>
<item><g:id>A1</g:id><title>Tea &amp; <![CDATA[<cups>]]></title><g:price>15.00 USD</g:price>
<g:additional_image_link>a.jpg</g:additional_image_link><g:additional_image_link>b.jpg</g:additional_image_link>
<g:product_detail><g:attribute_name>Material</g:attribute_name><g:attribute_value>Clay</g:attribute_value></g:product_detail></item>
<item><g:id>A2</g:id><title>&boom;</title></item>
<entry><g:id>A3</g:id><link href="https://shop.example/a3"/></entry>
</channel></rss>"#;

    #[test]
    fn items_become_rows_without_the_namespace_prefix() {
        let rows: Vec<_> = records(FEED.as_bytes()).collect();
        let first = rows[0].as_ref().unwrap();
        assert_eq!(first.get("title"), Some("Tea & <cups>"));
        assert_eq!(first.all("additional_image_link").len(), 2);
        assert_eq!(first.get("product_detail.attribute_value"), Some("Clay"));
        assert_eq!(rows[2].as_ref().unwrap().get("link"), Some("https://shop.example/a3"));
    }

    #[test]
    fn an_undefined_entity_refuses_its_item_alone() {
        let rows: Vec<_> = records(FEED.as_bytes()).collect();
        assert!(rows[1].as_ref().unwrap_err().recoverable);
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn a_cut_file_ends_with_an_error_not_silence() {
        let cut = &FEED.as_bytes()[..FEED.find("<g:price>").unwrap()];
        let rows: Vec<_> = records(cut).collect();
        assert!(!rows.last().unwrap().as_ref().unwrap_err().recoverable);
    }
}
