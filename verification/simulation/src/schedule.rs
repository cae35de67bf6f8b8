//! Who goes on next.

use crate::world::World;
use std::task::{Context, Waker};

/// The most turns of a day; more means that somebody never finishes.
const MOST_TURNS: usize = 200_000;

/// Gives turns to whoever the dice say, until all have finished or died. `false` when they don't.
pub(crate) fn run(world: &World) -> bool {
    let mut tasks = world.take_started();
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..MOST_TURNS {
        if tasks.is_empty() {
            return true;
        }
        world.pass();
        let index = world.below(tasks.len());
        let task = &mut tasks[index];
        if task.is_mortal && world.is_end() {
            world.tell(|| format!("{} dies", task.name));
            world.count(|figures| figures.crashes += 1);
            tasks.swap_remove(index);
        } else if task.work.as_mut().poll(&mut context).is_ready() {
            tasks.swap_remove(index);
        }
        tasks.append(&mut world.take_started());
    }
    false
}
