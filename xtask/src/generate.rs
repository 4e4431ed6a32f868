//! Files made from the code: the description of the portal's API, and the interface's types made from that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::shell::{cargo, npm, output, root, target, web};
use crate::system;

/// Writes all of them.
pub(crate) fn run() -> Result<ExitCode> {
    system::node()?;
    system::node_modules(&web())?;
    for copy in fresh()? {
        write(&copy.committed, &copy.text)?;
        println!("wrote {}", copy.shown());
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails, naming the first committed copy that differs from what the code gives now.
pub(crate) fn check() -> Result<()> {
    for copy in fresh()? {
        let committed = fs::read_to_string(&copy.committed).unwrap_or_default();
        if committed != copy.text {
            bail!("{} is stale: run `cargo xtask gen` and commit it", copy.shown());
        }
    }
    Ok(())
}

/// A generated file as it should be.
struct Copy {
    committed: PathBuf,
    text: String,
}

impl Copy {
    fn shown(&self) -> String {
        self.committed.strip_prefix(root()).unwrap_or(&self.committed).display().to_string()
    }
}

fn fresh() -> Result<[Copy; 2]> {
    let mut server = cargo();
    // The interface is not needed to describe the API, and may not be buildable without that description.
    server.args(["run", "--quiet", "--package", "openlines-server", "--", "openapi"]).env("OL_UI", "skip");
    let openapi = output(&mut server)?;
    let folder = target()?.join("xtask");
    let (description, types) = (folder.join("openapi.json"), folder.join("schema.d.ts"));
    write(&description, &openapi)?;
    let generator = ["exec", "--", "openapi-typescript"];
    output(npm(&web()).args(generator).arg(&description).arg("--output").arg(&types))?;
    let schema = fs::read_to_string(&types).with_context(|| format!("reading {}", types.display()))?;
    Ok([
        Copy { committed: root().join("docs/api/openapi.json"), text: openapi },
        Copy { committed: web().join("src/api/schema.d.ts"), text: schema },
    ])
}

fn write(file: &Path, text: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    fs::write(file, text).with_context(|| format!("writing {}", file.display()))
}
