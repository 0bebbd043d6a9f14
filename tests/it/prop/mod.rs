//! Properties that hold for every queue.

mod deviation;
mod evidence;
mod exchange;
mod packs;
mod queues;
