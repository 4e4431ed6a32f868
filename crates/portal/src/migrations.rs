//! The portal's schema.

use openlines_store::Migration;

/// All steps, oldest first.
pub const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "main job", sql: include_str!("../../../migrations/portal/0001_main_job.sql") }];
