//! `openlines user add`: a way in from the terminal.

use openlines_portal::staff::Role;
use openlines_portal::terminal;

use crate::commands::print;
use crate::config::Config;
use crate::wiring::Ground;

/// Adds the person if there is none with this address, and prints a one-time sign-in link.
pub(crate) async fn add(config: Config, email: &str, name: Option<&str>, admin: bool) -> anyhow::Result<()> {
    let port = config.listen.port();
    let ground = Ground::prepare(config, port)?;
    let portal = ground.portal(None, &[], false).await?;
    anyhow::ensure!(
        !terminal::needs_setup(&portal).await?,
        "there is no company yet: start the server and open the set-up link that it prints"
    );
    let role = if admin { Role::Admin } else { Role::Operator };
    let link = terminal::let_in(&portal, email, name, role).await?;
    portal.db.close().await;
    print(&format!("Sign in once with this link, then set a password in the settings:\n{link}"))
}
