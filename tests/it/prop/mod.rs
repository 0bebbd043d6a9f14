//! Properties that hold for every queue.

mod deviation;
mod evidence;
mod packs;
mod queues;
