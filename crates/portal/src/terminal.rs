//! What the administrator of the machine may do from the terminal, without a login.

use openlines_store::StoreError;

use crate::staff::{self, Role, StaffError};
use crate::{OperatorId, Parts, company};

/// Whether the first run is still to come.
///
/// # Errors
/// The database is away.
pub async fn needs_setup(parts: &Parts) -> Result<bool, StoreError> {
    Ok(!company::exists(parts).await?)
}

/// The link of the first run. The code stands behind `#`, so it reaches no log of a proxy.
#[must_use]
pub fn setup_link(parts: &Parts) -> String {
    format!("{}/setup#code={}", parts.public_url.as_str().trim_end_matches('/'), parts.setup.text())
}

/// Gives a person a one-time sign-in link, making the person if there is none with this address.
///
/// # Errors
/// A wrong name or address, a person who was deactivated, or the database is away.
pub async fn let_in(parts: &Parts, email: &str, name: Option<&str>, role: Role) -> Result<String, StaffError> {
    let email = email.trim().to_lowercase();
    let id = match find(parts, &email).await? {
        Some(id) => id,
        None => {
            let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default());
            staff::add(parts, name, &email, role, None).await?
        }
    };
    staff::make_link(parts, id).await
}

async fn find(parts: &Parts, email: &str) -> Result<Option<OperatorId>, StoreError> {
    let mut read = parts.db.read().await?;
    let id: Option<i64> = sqlx::query_scalar("-- terminal.find\n SELECT id FROM operator WHERE email = $1")
        .bind(email)
        .fetch_optional(&mut *read)
        .await?;
    Ok(id.map(OperatorId))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::Office;

    #[tokio::test]
    async fn the_same_person_gets_a_second_link_and_no_second_account() {
        let office = Office::new().await;
        let one = let_in(&office.parts, "Ivan@Example.org", Some("Ivan"), Role::Admin).await.unwrap();
        let two = let_in(&office.parts, "ivan@example.org", None, Role::Operator).await.unwrap();
        assert!(one.starts_with("http://desk.test/sign-in#token=") && one != two);
        let refused = let_in(&office.parts, "nobody", None, Role::Operator).await;
        assert!(refused.is_err());
    }
}
