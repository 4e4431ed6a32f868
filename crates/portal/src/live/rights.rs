//! Who may see what changed. Pure.

use std::collections::BTreeSet;

use super::Audience;
use crate::staff::Role;
use crate::{LineId, OperatorId};

/// A person behind a socket, as far as rights go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Viewer {
    pub(crate) operator: OperatorId,
    pub(crate) role: Role,
    /// Lines that have the person in their queue.
    pub(crate) lines: BTreeSet<LineId>,
}

/// Who may see a dialog as it is now: its line, whoever serves it, whoever may accept it. Admins see all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DialogAccess {
    pub(crate) line: LineId,
    pub(crate) holder: Option<OperatorId>,
    pub(crate) offered_to: Vec<OperatorId>,
}

/// What a frame needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Needs {
    /// One of the audiences that were written down with the change.
    Audience,
    /// A right to this dialog as it is now; the audiences tell who saw it before.
    Dialog(DialogAccess),
}

/// What becomes of a frame at one socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It is sent.
    Shown,
    /// The viewer saw the dialog before and may not any more.
    Gone,
    /// The viewer never knew.
    Hidden,
}

impl Viewer {
    fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    fn is_in(&self, audience: Audience) -> bool {
        match audience {
            Audience::All => true,
            Audience::Line(line) => self.is_admin() || self.lines.contains(&line),
            Audience::Operator(operator) => self.operator == operator,
        }
    }

    /// Whether the person may see a dialog.
    pub(crate) fn sees(&self, access: &DialogAccess) -> bool {
        self.is_admin()
            || self.lines.contains(&access.line)
            || access.holder == Some(self.operator)
            || access.offered_to.contains(&self.operator)
    }

    /// What becomes of a frame with these needs and audiences.
    pub(crate) fn sight(&self, needs: &Needs, audiences: &[Audience]) -> Sight {
        let told = audiences.iter().any(|it| self.is_in(*it));
        match needs {
            Needs::Audience if told => Sight::Shown,
            Needs::Audience => Sight::Hidden,
            Needs::Dialog(access) if self.sees(access) => Sight::Shown,
            Needs::Dialog(_) if told => Sight::Gone,
            Needs::Dialog(_) => Sight::Hidden,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_is_seen_by_its_line_its_holder_those_asked_and_admins() {
        let viewer = |operator: i64, role, lines: &[i64]| Viewer {
            operator: OperatorId(operator),
            role,
            lines: lines.iter().map(|it| LineId(*it)).collect(),
        };
        // A dialog that moved from line 1 to line 2; operator 5 lost it, 6 holds it, 7 is asked.
        let access = DialogAccess { line: LineId(2), holder: Some(OperatorId(6)), offered_to: vec![OperatorId(7)] };
        let needs = Needs::Dialog(access);
        let audiences = [Audience::Line(LineId(1)), Audience::Line(LineId(2)), Audience::Operator(OperatorId(5))];
        let rows = [
            ("admin of no line", viewer(1, Role::Admin, &[]), Sight::Shown),
            ("of the new line", viewer(2, Role::Operator, &[2]), Sight::Shown),
            ("of the old line", viewer(3, Role::Operator, &[1]), Sight::Gone),
            ("of both", viewer(4, Role::Operator, &[1, 2]), Sight::Shown),
            ("who lost it", viewer(5, Role::Operator, &[]), Sight::Gone),
            ("who holds it from outside the line", viewer(6, Role::Operator, &[]), Sight::Shown),
            ("who is asked from outside the line", viewer(7, Role::Operator, &[9]), Sight::Shown),
            ("a stranger", viewer(8, Role::Operator, &[3]), Sight::Hidden),
        ];
        for (name, viewer, expected) in rows {
            assert_eq!(viewer.sight(&needs, &audiences), expected, "{name}");
        }
    }

    #[test]
    fn other_things_are_seen_by_their_audience() {
        let anna = Viewer { operator: OperatorId(1), role: Role::Operator, lines: [LineId(1)].into() };
        let rows = [
            (Audience::All, Sight::Shown),
            (Audience::Line(LineId(1)), Sight::Shown),
            (Audience::Line(LineId(2)), Sight::Hidden),
            (Audience::Operator(OperatorId(1)), Sight::Shown),
            (Audience::Operator(OperatorId(2)), Sight::Hidden),
        ];
        for (audience, expected) in rows {
            assert_eq!(anna.sight(&Needs::Audience, &[audience]), expected, "{audience:?}");
        }
    }
}
