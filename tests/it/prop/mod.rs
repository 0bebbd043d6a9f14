//! Properties that hold for every queue.

mod packs;
mod queues;
