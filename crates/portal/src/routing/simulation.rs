//! Thousands of random steps of an office, decided by the rules alone. After each step the promises hold.

use std::collections::BTreeMap;
use std::time::Duration;

use openlines_base::Time;
use proptest::prelude::*;

use super::rules::{Decision, LineRule, Member, Open, Person, Picture, next_given_at, plan};
use crate::lines::Mode;
use crate::{LineId, OperatorId, SessionId};

/// What may happen next.
#[derive(Debug, Clone)]
enum Step {
    Arrive { line: usize },
    Accept { which: usize },
    Skip { which: usize },
    Finish { which: usize },
    Return { which: usize },
    Come { operator: usize },
    Leave { operator: usize },
    Pass { seconds: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..3_usize).prop_map(|line| Step::Arrive { line }),
        5 => any::<usize>().prop_map(|which| Step::Accept { which }),
        2 => any::<usize>().prop_map(|which| Step::Skip { which }),
        4 => any::<usize>().prop_map(|which| Step::Finish { which }),
        1 => any::<usize>().prop_map(|which| Step::Return { which }),
        2 => (0..5_usize).prop_map(|operator| Step::Come { operator }),
        1 => (0..5_usize).prop_map(|operator| Step::Leave { operator }),
        3 => (1..90_u64).prop_map(|seconds| Step::Pass { seconds }),
    ]
}

/// A session of the office.
#[derive(Debug, Clone)]
struct Session {
    line: LineId,
    holder: Option<OperatorId>,
    open: Open,
    /// When it began to wait; the order of service.
    since: usize,
}

/// An office that does what the rules say.
#[derive(Debug)]
struct Office {
    now: Time,
    lines: BTreeMap<LineId, LineRule>,
    people: BTreeMap<OperatorId, Person>,
    sessions: BTreeMap<SessionId, Session>,
    given: BTreeMap<OperatorId, usize>,
    arrived: usize,
}

impl Office {
    fn new(modes: [Mode; 3], caps: [i64; 3], limits: [i64; 5], checks: [bool; 3]) -> Self {
        // Everybody is in the first line; the others share people with it.
        let queues: [&[i64]; 3] = [&[1, 2, 3, 4, 5], &[3, 1], &[4, 5, 2]];
        let lines = (0..3).map(|it| {
            let members = queues[it].iter().map(|it| Member { operator: OperatorId(*it), last_given_at: 0 }).collect();
            let rule = LineRule {
                id: LineId(it as i64),
                mode: modes[it],
                accept_time_s: 30,
                capacity: caps[it],
                check_presence: checks[it],
                members,
            };
            (rule.id, rule)
        });
        let people = (0..5).map(|it| {
            let person = Person { active: true, present: false, limit: limits[it], load: 0 };
            (OperatorId(it as i64 + 1), person)
        });
        Self {
            now: Time::from_s(1_000),
            lines: lines.collect(),
            people: people.collect(),
            sessions: BTreeMap::new(),
            given: BTreeMap::new(),
            arrived: 0,
        }
    }

    fn is_alone(&self, line: LineId) -> bool {
        self.lines[&line].mode != Mode::All
    }

    fn picture(&self) -> Picture {
        let mut people = self.people.clone();
        for (operator, person) in &mut people {
            person.load = self.load(*operator);
        }
        let mut open: Vec<&Session> = self.sessions.values().filter(|it| it.holder.is_none()).collect();
        open.sort_by_key(|it| it.since);
        Picture { lines: self.lines.clone(), people, open: open.into_iter().map(|it| it.open.clone()).collect() }
    }

    fn load(&self, operator: OperatorId) -> i64 {
        let counts = self.sessions.values().filter(|it| {
            let is_asked = it.open.offered_to.contains(&operator) && self.is_alone(it.line);
            it.holder == Some(operator) || is_asked
        });
        counts.count() as i64
    }

    fn cap(&self, line: LineId, operator: OperatorId) -> i64 {
        let own = self.people[&operator].limit;
        if own > 0 { own } else { self.lines[&line].capacity }
    }

    fn may_take(&self, line: LineId, operator: OperatorId) -> bool {
        let (rule, person) = (&self.lines[&line], &self.people[&operator]);
        let cap = self.cap(line, operator);
        (person.present || !rule.check_presence) && (cap == 0 || self.load(operator) < cap)
    }

    fn route(&mut self) -> Vec<Decision> {
        let picture = self.picture();
        let mut loads: BTreeMap<OperatorId, i64> = picture.people.iter().map(|it| (*it.0, it.1.load)).collect();
        let decisions = plan(picture, self.now);
        for decision in decisions.iter().filter(|it| self.is_alone(it.line)) {
            for operator in decision.expired.iter().chain(&decision.withdrawn) {
                *loads.get_mut(operator).unwrap() -= 1;
            }
        }
        for decision in decisions.iter().filter(|it| self.is_alone(it.line)) {
            for operator in &decision.offer_to {
                let (cap, load) = (self.cap(decision.line, *operator), loads.get_mut(operator).unwrap());
                assert!(cap == 0 || *load < cap, "{operator} was given more than the line lets them have");
                *load += 1;
            }
        }
        for decision in &decisions {
            let alone = self.is_alone(decision.line);
            let session = self.sessions.get_mut(&decision.session).unwrap();
            let open = &mut session.open;
            open.offered_to.retain(|it| !decision.expired.contains(it) && !decision.withdrawn.contains(it));
            open.passed.extend(&decision.expired);
            if decision.new_round {
                open.passed.clear();
                open.round += 1;
            }
            open.offered_to.extend(&decision.offer_to);
            open.expires_at = if open.offered_to.is_empty() { None } else { decision.expires_at.or(open.expires_at) };
            if alone {
                for operator in &decision.offer_to {
                    self.note(decision.line, *operator);
                }
            }
        }
        decisions
    }

    fn note(&mut self, line: LineId, operator: OperatorId) {
        *self.given.entry(operator).or_default() += 1;
        let members = &mut self.lines.get_mut(&line).unwrap().members;
        let at = next_given_at(members.iter().map(|it| it.last_given_at).max(), self.now);
        members.iter_mut().filter(|it| it.operator == operator).for_each(|it| it.last_given_at = at);
    }

    /// The asked pairs of session and operator, in a fixed order.
    fn asked(&self) -> Vec<(SessionId, OperatorId)> {
        let pairs =
            self.sessions.iter().flat_map(|(id, it)| it.open.offered_to.iter().map(|operator| (*id, *operator)));
        pairs.collect()
    }

    fn served(&self) -> Vec<SessionId> {
        self.sessions.iter().filter(|it| it.1.holder.is_some()).map(|it| *it.0).collect()
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Arrive { line } => {
                self.arrived += 1;
                let (id, line) = (SessionId(self.arrived as i64), LineId(*line as i64));
                let open =
                    Open { session: id, line, offered_to: Vec::new(), expires_at: None, passed: Vec::new(), round: 1 };
                self.sessions.insert(id, Session { line, holder: None, open, since: self.arrived });
            }
            Step::Accept { which } => {
                let asked = self.asked();
                let Some((id, operator)) = pick(&asked, *which) else { return };
                let session = self.sessions.get_mut(&id).unwrap();
                session.holder = Some(operator);
                session.open.offered_to.clear();
                session.open.expires_at = None;
                session.open.passed.clear();
            }
            Step::Skip { which } => {
                let asked = self.asked();
                let Some((id, operator)) = pick(&asked, *which) else { return };
                let open = &mut self.sessions.get_mut(&id).unwrap().open;
                open.offered_to.retain(|it| *it != operator);
                open.passed.push(operator);
                if open.offered_to.is_empty() {
                    open.expires_at = None;
                }
            }
            Step::Finish { which } => {
                let served = self.served();
                let Some(id) = pick(&served, *which) else { return };
                self.sessions.remove(&id);
            }
            Step::Return { which } => {
                let served = self.served();
                let Some(id) = pick(&served, *which) else { return };
                let session = self.sessions.get_mut(&id).unwrap();
                session.open.passed = session.holder.take().into_iter().collect();
            }
            Step::Come { operator } => self.people.get_mut(&OperatorId(*operator as i64 + 1)).unwrap().present = true,
            Step::Leave { operator } => self.people.get_mut(&OperatorId(*operator as i64 + 1)).unwrap().present = false,
            Step::Pass { seconds } => self.now = self.now + Duration::from_secs(*seconds),
        }
    }

    /// What must hold whenever the rules had their say.
    fn check(&self, decisions: &[Decision]) {
        for session in self.sessions.values().filter(|it| it.holder.is_none()) {
            if session.open.offered_to.is_empty() {
                let taker =
                    self.lines[&session.line].members.iter().find(|it| self.may_take(session.line, it.operator));
                assert!(taker.is_none(), "{:?} waits while {taker:?} may take it", session.open.session);
            } else {
                assert!(session.open.expires_at.is_some_and(|it| it > self.now), "an offer without an end");
                let rule = &self.lines[&session.line];
                assert!(rule.mode == Mode::All || session.open.offered_to.len() == 1, "asked more than one");
                for operator in &session.open.offered_to {
                    assert!(!rule.check_presence || self.people[operator].present, "asked somebody who is away");
                }
            }
        }
        for (operator, person) in self.people.iter().filter(|it| it.1.limit > 0) {
            assert!(self.load(*operator) <= person.limit, "{operator} has more than their own limit");
        }
        for decision in decisions.iter().filter(|it| !it.offer_to.is_empty()) {
            let since = self.sessions[&decision.session].since;
            let older = self.sessions.values().find(|it| {
                it.line == decision.line && it.since < since && it.holder.is_none() && it.open.offered_to.is_empty()
            });
            assert!(older.is_none(), "{:?} was served before {older:?}", decision.session);
        }
        assert_eq!(plan(self.picture(), self.now), [], "nothing more to decide");
    }
}

fn pick<T: Copy>(all: &[T], which: usize) -> Option<T> {
    (!all.is_empty()).then(|| all[which % all.len()])
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Evenly), Just(Mode::Strictly), Just(Mode::All)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn nothing_waits_while_somebody_may_take_it_caps_hold_and_the_first_is_served_first(
        modes in [mode(), mode(), mode()],
        caps in [0..4_i64, 0..4_i64, 0..4_i64],
        limits in [0..3_i64, 0..3_i64, 0..3_i64, 0..3_i64, 0..3_i64],
        checks in [any::<bool>(), any::<bool>(), any::<bool>()],
        steps in prop::collection::vec(step(), 200),
    ) {
        let mut office = Office::new(modes, caps, limits, checks);
        for step in &steps {
            office.take(step);
            let decisions = office.route();
            office.check(&decisions);
        }
    }

    #[test]
    fn an_even_line_gives_to_all_alike(
        steps in prop::collection::vec(prop_oneof![
            3 => Just(Step::Arrive { line: 0 }),
            2 => any::<usize>().prop_map(|which| Step::Accept { which }),
            1 => any::<usize>().prop_map(|which| Step::Finish { which }),
        ], 300),
    ) {
        let mut office = Office::new([Mode::Evenly; 3], [0; 3], [0; 5], [true; 3]);
        for operator in 0..5 {
            office.take(&Step::Come { operator });
        }
        for step in &steps {
            office.take(step);
            office.route();
            let given: Vec<usize> = (1..=5).map(|it| office.given.get(&OperatorId(it)).copied().unwrap_or(0)).collect();
            let (least, most) = (given.iter().min().unwrap(), given.iter().max().unwrap());
            prop_assert!(most - least <= 1, "{given:?}");
        }
    }
}
