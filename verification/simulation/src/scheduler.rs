//! Scheduler: gives the next turn to a random task.

use crate::world::World;
use std::task::{Context, Waker};

/// Maximum number of turns; with more, a task counts as one that never finishes.
const MAX_TURNS: usize = 200_000;

/// Gives turns to random tasks until all have finished or crashed. Returns `false` when a task does not
/// finish.
pub(crate) fn run(world: &World) -> bool {
    let mut tasks = world.take_spawned();
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..MAX_TURNS {
        if tasks.is_empty() {
            return true;
        }
        world.advance_randomly();
        let index = world.below(tasks.len());
        let task = &mut tasks[index];
        if task.can_crash && world.should_crash() {
            world.trace(|| format!("{} crashes", task.name));
            world.count(|figures| figures.crashes += 1);
            tasks.swap_remove(index);
        } else if task.work.as_mut().poll(&mut context).is_ready() {
            tasks.swap_remove(index);
        }
        tasks.append(&mut world.take_spawned());
    }
    false
}
