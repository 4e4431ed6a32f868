//! What the protocol crate promises, seen from outside.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;
mod document;
mod envelope;
mod markup;
mod vector_files;
mod vectors;
