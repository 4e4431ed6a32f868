//! Writes the files in `crates/protocol/vectors/` anew: `cargo run -p openlines-protocol --example vectors`.
//!
//! A change of these files is a change of the protocol: look at the difference before it is committed.

#![expect(clippy::unwrap_used, reason = "a tool for developers: it stops at the first trouble")]

use std::path::Path;

#[path = "../tests/it/vector_files/mod.rs"]
mod vector_files;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    for (name, text) in vector_files::all() {
        std::fs::write(folder.join(name), text).unwrap();
    }
}
