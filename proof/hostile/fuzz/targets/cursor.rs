#![no_main]

orders_hostile_fuzz::fuzz!("cursor");
