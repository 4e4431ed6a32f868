//! Who gets the next dialog. Pure: same picture, same answer.
//!
//! A person may take a dialog of a line if they are in its queue, active, below their cap and, where the line asks for
//! it, available and online. A waiting session is offered to one such person (`evenly`, `strictly`) or to all (`all`).
//! Who skipped or let the time run out has passed and is not asked again until everyone who may take it has passed:
//! then a new round begins. So nothing ever waits while somebody may take it.

use std::collections::BTreeMap;

use openlines_base::Time;

use crate::lines::Mode;
use crate::{LineId, OperatorId, SessionId};

/// A line, as far as routing goes.
#[derive(Debug, Clone)]
pub(crate) struct LineRule {
    pub(crate) id: LineId,
    pub(crate) mode: Mode,
    pub(crate) accept_time_s: i64,
    /// Open dialogs of one person at once; 0 for no limit.
    pub(crate) capacity: i64,
    pub(crate) check_presence: bool,
    /// In the queue's order.
    pub(crate) members: Vec<Member>,
}

/// A place in a line's queue.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) operator: OperatorId,
    pub(crate) last_given_at: i64,
}

/// A person, as far as routing goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    /// May work at all.
    pub(crate) active: bool,
    /// Available and online.
    pub(crate) present: bool,
    /// Their own cap; 0 for the line's.
    pub(crate) limit: i64,
    /// Dialogs that they serve, and those offered to them alone.
    pub(crate) load: i64,
}

/// A session that nobody serves.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) session: SessionId,
    pub(crate) line: LineId,
    /// Who is asked now; empty while it waits.
    pub(crate) offered_to: Vec<OperatorId>,
    pub(crate) expires_at: Option<Time>,
    /// Who had their chance in this round.
    pub(crate) passed: Vec<OperatorId>,
    pub(crate) round: i64,
}

/// All that a decision depends on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Picture {
    pub(crate) lines: BTreeMap<LineId, LineRule>,
    pub(crate) people: BTreeMap<OperatorId, Person>,
    /// By the order of service: who waits longest is first.
    pub(crate) open: Vec<Open>,
}

/// What is to be done with one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) session: SessionId,
    pub(crate) line: LineId,
    /// Whose time to accept ran out.
    pub(crate) expired: Vec<OperatorId>,
    /// Who can not take it any more, through no fault of their own.
    pub(crate) withdrawn: Vec<OperatorId>,
    /// Who is asked from now on; with `expires_at`.
    pub(crate) offer_to: Vec<OperatorId>,
    pub(crate) expires_at: Option<Time>,
    /// All have passed; everybody may be asked again.
    pub(crate) new_round: bool,
}

impl Decision {
    fn changes_something(&self) -> bool {
        !self.expired.is_empty() || !self.withdrawn.is_empty() || !self.offer_to.is_empty()
    }
}

/// Decides about all sessions that nobody serves. Applying the answer and asking again gives nothing more to do, unless
/// something happened in between.
pub(crate) fn plan(mut picture: Picture, now: Time) -> Vec<Decision> {
    let (mut alone, mut to_all) = (Vec::new(), Vec::new());
    for session in std::mem::take(&mut picture.open) {
        if is_alone(&picture, session.line) { alone.push(session) } else { to_all.push(session) }
    }
    // Offers to one person fill people up, offers to all do not: so these come last and see who is left.
    let mut decisions = decide(&mut picture, alone, now);
    decisions.extend(decide(&mut picture, to_all, now));
    decisions.retain(Decision::changes_something);
    decisions
}

/// First what ends, so that freed people are there for whoever waits longest; then what can be given.
fn decide(picture: &mut Picture, mut open: Vec<Open>, now: Time) -> Vec<Decision> {
    let mut decisions: Vec<Decision> = open.iter_mut().map(|it| end_offers(picture, it, now)).collect();
    for (session, decision) in open.iter_mut().zip(&mut decisions) {
        give(picture, session, decision, now);
    }
    decisions
}

/// Takes back offers that ran out, or whose people can not take the dialog any more.
fn end_offers(picture: &mut Picture, session: &mut Open, now: Time) -> Decision {
    let mut decision = Decision {
        session: session.session,
        line: session.line,
        expired: Vec::new(),
        withdrawn: Vec::new(),
        offer_to: Vec::new(),
        expires_at: None,
        new_round: false,
    };
    if session.offered_to.is_empty() {
        return decision;
    }
    let is_over = session.expires_at.is_some_and(|it| it <= now);
    let asked = std::mem::take(&mut session.offered_to);
    for operator in asked {
        if is_over {
            decision.expired.push(operator);
            session.passed.push(operator);
        } else if may_keep_offer(picture, session.line, operator) {
            session.offered_to.push(operator);
            continue;
        } else {
            decision.withdrawn.push(operator);
        }
        if is_alone(picture, session.line)
            && let Some(person) = picture.people.get_mut(&operator)
        {
            person.load -= 1;
        }
    }
    decision
}

/// Offers a session to whoever is next, if anybody may take it.
fn give(picture: &mut Picture, session: &mut Open, decision: &mut Decision, now: Time) {
    let Some(line) = picture.lines.get(&session.line) else { return };
    let is_asked = !session.offered_to.is_empty();
    if is_asked && line.mode != Mode::All {
        return;
    }
    let free: Vec<OperatorId> = candidates(picture, line, |it| !session.passed.contains(&it));
    let mut chosen = choose(line, &free);
    chosen.retain(|it| !session.offered_to.contains(it));
    if chosen.is_empty() && !is_asked {
        chosen = choose(line, &candidates(picture, line, |_| true));
        decision.new_round = !chosen.is_empty();
    }
    if chosen.is_empty() {
        return;
    }
    let accept_time = std::time::Duration::from_secs(line.accept_time_s.max(1).unsigned_abs());
    // Who joins an offer to all has the rest of its time.
    decision.expires_at = session.expires_at.filter(|_| is_asked).or(Some(now + accept_time));
    if line.mode != Mode::All {
        for operator in &chosen {
            note_offer(picture, session.line, *operator, now);
        }
    }
    decision.offer_to = chosen;
}

/// Who may take a dialog of this line, in the queue's order.
fn candidates(picture: &Picture, line: &LineRule, is_wanted: impl Fn(OperatorId) -> bool) -> Vec<OperatorId> {
    let members = line.members.iter().map(|it| it.operator);
    members
        .filter(|it| is_wanted(*it))
        .filter(|it| picture.people.get(it).is_some_and(|it| may_take(line, it)))
        .collect()
}

/// Whether a person may take one more dialog of a line.
fn may_take(line: &LineRule, person: &Person) -> bool {
    let cap = if person.limit > 0 { person.limit } else { line.capacity };
    is_there(line, person) && (cap == 0 || person.load < cap)
}

/// Whether a person can be asked at all.
fn is_there(line: &LineRule, person: &Person) -> bool {
    person.active && (person.present || !line.check_presence)
}

/// Whether somebody who is asked already can still take it. What is offered to them alone counts in their load, so it
/// is the cap that must not be passed; an offer to all is withdrawn as soon as they are full.
fn may_keep_offer(picture: &Picture, line: LineId, operator: OperatorId) -> bool {
    let (Some(line), Some(person)) = (picture.lines.get(&line), picture.people.get(&operator)) else { return false };
    let is_member = line.members.iter().any(|it| it.operator == operator);
    is_member && is_there(line, person) && (line.mode != Mode::All || may_take(line, person))
}

/// Whether an offer of this line goes to one person, whose load it counts in.
fn is_alone(picture: &Picture, line: LineId) -> bool {
    picture.lines.get(&line).is_none_or(|it| it.mode != Mode::All)
}

/// Of those who may take it: one by the line's mode, or all.
fn choose(line: &LineRule, free: &[OperatorId]) -> Vec<OperatorId> {
    let place = |operator: &OperatorId| line.members.iter().position(|it| it.operator == *operator);
    match line.mode {
        Mode::All => free.to_vec(),
        Mode::Strictly => free.first().copied().into_iter().collect(),
        Mode::Evenly => {
            let longest = free.iter().copied().min_by_key(|it| {
                let place = place(it);
                (place.map_or(0, |it| line.members[it].last_given_at), place)
            });
            longest.into_iter().collect()
        }
    }
}

/// Notes in the picture that somebody was offered a dialog alone.
fn note_offer(picture: &mut Picture, line: LineId, operator: OperatorId, now: Time) {
    if let Some(person) = picture.people.get_mut(&operator) {
        person.load += 1;
    }
    let Some(line) = picture.lines.get_mut(&line) else { return };
    let at = next_given_at(line.members.iter().map(|it| it.last_given_at).max(), now);
    for member in line.members.iter_mut().filter(|it| it.operator == operator) {
        member.last_given_at = at;
    }
}

/// The mark of a new gift: later than all before, also within one millisecond or after the clock went back.
pub(crate) fn next_given_at(latest: Option<i64>, now: Time) -> i64 {
    now.ms().max(latest.unwrap_or(0) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: OperatorId = OperatorId(1);
    const B: OperatorId = OperatorId(2);
    const C: OperatorId = OperatorId(3);
    const LINE: LineId = LineId(1);
    const NOW: Time = Time::from_s(1_000);

    fn line(mode: Mode, members: &[(OperatorId, i64)]) -> LineRule {
        let members = members.iter().map(|it| Member { operator: it.0, last_given_at: it.1 }).collect();
        LineRule { id: LINE, mode, accept_time_s: 60, capacity: 0, check_presence: true, members }
    }

    fn free() -> Person {
        Person { active: true, present: true, limit: 0, load: 0 }
    }

    fn waiting(session: i64, passed: &[OperatorId]) -> Open {
        let passed = passed.to_vec();
        Open { session: SessionId(session), line: LINE, offered_to: vec![], expires_at: None, passed, round: 1 }
    }

    fn offered(session: i64, to: &[OperatorId], expires_s: i64) -> Open {
        Open { offered_to: to.to_vec(), expires_at: Some(Time::from_s(expires_s)), ..waiting(session, &[]) }
    }

    fn picture(line: LineRule, people: &[(OperatorId, Person)], open: Vec<Open>) -> Picture {
        Picture { lines: [(LINE, line)].into(), people: people.iter().cloned().collect(), open }
    }

    fn offers(picture: Picture) -> Vec<(i64, Vec<OperatorId>)> {
        plan(picture, NOW).into_iter().map(|it| (it.session.get(), it.offer_to)).collect()
    }

    #[test]
    fn the_mode_of_the_line_says_who_is_asked() {
        let all = [(A, free()), (B, free()), (C, free())];
        let queue = [(A, 30), (B, 10), (C, 20)];
        for (name, mode, expected) in [
            ("evenly: longest without a new dialog", Mode::Evenly, vec![B]),
            ("strictly: first in the queue", Mode::Strictly, vec![A]),
            ("all: everyone", Mode::All, vec![A, B, C]),
        ] {
            let picture = picture(line(mode, &queue), &all, vec![waiting(1, &[])]);
            assert_eq!(offers(picture), [(1, expected)], "{name}");
        }
    }

    #[test]
    fn only_who_may_take_it_is_asked() {
        let away = Person { present: false, ..free() };
        let full = Person { limit: 1, load: 1, ..free() };
        let left = Person { active: false, ..free() };
        let rows: [(&str, Person, bool, i64, Vec<OperatorId>); 6] = [
            ("free", free(), true, 0, vec![A]),
            ("away", away.clone(), true, 0, vec![]),
            ("away, the line does not mind", away, false, 0, vec![A]),
            ("full by their own limit", full, true, 5, vec![]),
            ("full by the line", Person { load: 2, ..free() }, true, 2, vec![]),
            ("left the company", left, false, 0, vec![]),
        ];
        for (name, person, check_presence, capacity, expected) in rows {
            let line = LineRule { check_presence, capacity, ..line(Mode::Evenly, &[(A, 0)]) };
            let asked: Vec<OperatorId> =
                offers(picture(line, &[(A, person)], vec![waiting(1, &[])])).into_iter().flat_map(|it| it.1).collect();
            assert_eq!(asked, expected, "{name}");
        }
    }

    #[test]
    fn a_burst_is_spread_and_caps_are_kept() {
        let line = LineRule { capacity: 2, ..line(Mode::Evenly, &[(A, 0), (B, 0)]) };
        let open = (1..=5).map(|it| waiting(it, &[])).collect();
        let given = offers(picture(line, &[(A, free()), (B, free())], open));
        assert_eq!(given, [(1, vec![A]), (2, vec![B]), (3, vec![A]), (4, vec![B])], "the fifth waits");
    }

    #[test]
    fn an_offer_that_ran_out_goes_to_the_next_and_then_round_again() {
        let people = [(A, Person { load: 1, ..free() }), (B, free())];
        let members = [(A, 50), (B, 0)];
        let decisions = plan(picture(line(Mode::Evenly, &members), &people, vec![offered(1, &[A], 1_000)]), NOW);
        assert_eq!(decisions.len(), 1);
        assert_eq!((&decisions[0].expired, &decisions[0].offer_to), (&vec![A], &vec![B]));
        assert_eq!(decisions[0].expires_at, Some(Time::from_s(1_060)));
        assert!(!decisions[0].new_round);

        let again = Open { passed: vec![A], ..offered(1, &[B], 1_000) };
        let people = [(A, free()), (B, Person { load: 1, ..free() })];
        let decisions = plan(picture(line(Mode::Evenly, &members), &people, vec![again]), NOW);
        assert!(decisions[0].new_round, "everyone passed");
        assert_eq!(decisions[0].offer_to, [B], "and the order of the line begins anew");
    }

    #[test]
    fn who_leaves_loses_the_offer_and_did_not_pass() {
        let people = [(A, Person { present: false, load: 1, ..free() }), (B, free())];
        let decisions =
            plan(picture(line(Mode::Strictly, &[(A, 0), (B, 0)]), &people, vec![offered(1, &[A], 2_000)]), NOW);
        assert_eq!((&decisions[0].withdrawn, &decisions[0].offer_to), (&vec![A], &vec![B]));
        assert!(decisions[0].expired.is_empty());
    }

    #[test]
    fn nobody_there_means_it_waits_and_the_first_who_comes_is_asked() {
        let away = Person { present: false, ..free() };
        let line = line(Mode::Evenly, &[(A, 0)]);
        assert_eq!(plan(picture(line.clone(), &[(A, away)], vec![waiting(1, &[])]), NOW), []);
        assert_eq!(offers(picture(line, &[(A, free())], vec![waiting(1, &[])])), [(1, vec![A])]);
    }

    #[test]
    fn whoever_comes_joins_an_offer_to_all_for_the_rest_of_its_time() {
        let people = [(A, free()), (B, free())];
        let decisions = plan(picture(line(Mode::All, &[(A, 0), (B, 0)]), &people, vec![offered(1, &[A], 1_030)]), NOW);
        assert_eq!(decisions[0].offer_to, [B]);
        assert_eq!(decisions[0].expires_at, Some(Time::from_s(1_030)));
    }

    #[test]
    fn an_offer_to_all_leaves_who_is_full_by_now() {
        let line = LineRule { capacity: 1, ..line(Mode::All, &[(A, 0), (B, 0)]) };
        let people = [(A, Person { load: 1, ..free() }), (B, free())];
        let decisions = plan(picture(line, &people, vec![offered(1, &[A, B], 2_000)]), NOW);
        assert_eq!((&decisions[0].withdrawn, &decisions[0].offer_to), (&vec![A], &vec![]));
    }

    #[test]
    fn a_plan_leaves_nothing_more_to_decide() {
        let people = [(A, free()), (B, free())];
        let picture = picture(line(Mode::Evenly, &[(A, 0), (B, 0)]), &people, vec![offered(1, &[A], 2_000)]);
        assert_eq!(plan(picture, NOW), []);
    }
}
