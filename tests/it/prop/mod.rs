//! Properties that hold for every queue.

mod deviation;
mod packs;
mod queues;
