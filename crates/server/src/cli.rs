//! The command line.

use clap::{Parser, Subcommand};

use crate::config::Overrides;

/// Customers write in any messenger, operators answer in one place, and nothing is lost on the way.
#[derive(Debug, Parser)]
#[command(name = "openlines", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Runs hub and portal in one process: all that a company needs
    Serve,
    /// Runs a hub: takes messengers' events and delivers them to portals
    Hub {
        /// Registers a portal at this address, prints its site number and licence key, and ends
        #[arg(long, value_name = "URL")]
        add_site: Option<String>,
    },
    /// Runs the portal of one company; `portal.hub_url`, `portal.site` and `portal.licence_key` must be set
    Portal,
    /// Runs everything with a simulated messenger and customers who talk; nothing leaves this machine
    Demo {
        /// How many customers talk at once, 1 to 12
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=12))]
        customers: u16,
    },
    /// Brings the databases up to date and ends; a start does the same
    Migrate,
    /// Shows every setting with its default and its variable
    Config {
        /// Shows what is in force instead, with secrets masked
        #[arg(long)]
        effective: bool,
    },
    /// Prints the portal's API as an OpenAPI document
    Openapi,
    /// Works with people who sign in
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Checks this set-up and says what to do about what is wrong
    Doctor,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum UserCommand {
    /// Adds a person, or a way in for one who forgot the password, and prints a one-time sign-in link
    Add {
        /// E-mail address to sign in with
        email: String,
        /// Name that colleagues see; the part before @ if absent
        #[arg(long)]
        name: Option<String>,
        /// May change settings and people
        #[arg(long)]
        admin: bool,
    },
}
