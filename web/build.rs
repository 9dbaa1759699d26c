//! Makes the GraphiQL bundle available to `include_bytes!`, empty where it has not been
//! built (a plain `cargo build`): the page then says how to build it.

use std::{env, fs, path::Path};

fn main() {
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    println!("cargo::rerun-if-changed=graphiql/dist");
    for name in ["graphiql.js", "graphiql.css"] {
        let bytes = fs::read(Path::new("graphiql/dist").join(name)).unwrap_or_default();
        fs::write(Path::new(&out).join(name), bytes).expect("OUT_DIR is writable");
    }
}
