//! `openlines migrate`: the schemas brought up to date without a start.

use crate::commands::print;
use crate::config::Config;
use crate::data::DataFolder;
use crate::wiring::{HUB, PORTAL, open_db};

/// Migrates the databases of both roles; a role that this machine does not run gets an empty one.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    let data = DataFolder::open(&config.data)?;
    for (role, migrations) in [(HUB, openlines_hub::MIGRATIONS), (PORTAL, openlines_portal::MIGRATIONS)] {
        let db = open_db(config, &data.join(&format!("{role}.db")), role, migrations).await?;
        db.close().await;
        let newest = migrations.iter().map(|it| it.version).max().unwrap_or(0);
        print(&format!("{role}: schema version {newest}"))?;
    }
    Ok(())
}
