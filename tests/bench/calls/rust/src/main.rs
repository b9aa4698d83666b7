// SPDX-License-Identifier: Apache-2.0

//! The median of GetKey calls of the Rust SDK, in microseconds:
//! call SOCKET CALLS. Its Cargo.toml is that of tests/peers/rust.

use dstack_sdk::dstack_client::DstackClient;
use std::time::Instant;

fn main() {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(measure());
}

async fn measure() {
    let args: Vec<String> = std::env::args().collect();
    let client = DstackClient::new(Some(&args[1]));
    let n: usize = args[2].parse().unwrap();
    let mut times = Vec::with_capacity(n);
    for _ in 0..n {
        let start = Instant::now();
        client
            .get_key(Some("bench".to_string()), Some("p".to_string()))
            .await
            .unwrap();
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    println!("{:.1}", times[n / 2]);
}
