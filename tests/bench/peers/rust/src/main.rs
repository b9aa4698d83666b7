// SPDX-License-Identifier: Apache-2.0
//! Drives the crate dcap-qvl; modes as in loop.cjs.
use dcap_qvl::{verify::verify, QuoteCollateralV3};
use std::fs;

/// The bundle is JSON in which byte strings are hex; the crate's own type
/// takes them as bytes.
fn collateral(text: &str) -> QuoteCollateralV3 {
    let v: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let text = |k: &str| v[k].as_str().unwrap_or_default().to_string();
    let hex = |k: &str| {
        let s = v[k].as_str().unwrap_or_default().as_bytes();
        let digit = |c: u8| (c as char).to_digit(16).unwrap_or(0) as u8;
        s.chunks_exact(2)
            .map(|p| digit(p[0]) << 4 | digit(p[1]))
            .collect()
    };
    QuoteCollateralV3 {
        pck_crl_issuer_chain: text("pck_crl_issuer_chain"),
        root_ca_crl: hex("root_ca_crl"),
        pck_crl: hex("pck_crl"),
        tcb_info_issuer_chain: text("tcb_info_issuer_chain"),
        tcb_info: text("tcb_info"),
        tcb_info_signature: hex("tcb_info_signature"),
        qe_identity_issuer_chain: text("qe_identity_issuer_chain"),
        qe_identity: text("qe_identity"),
        qe_identity_signature: hex("qe_identity_signature"),
        pck_certificate_chain: None,
    }
}

fn judge(line: &str) {
    let f: Vec<&str> = line.split('\t').collect();
    let quote = fs::read(f[1]).expect("quote");
    let bundle = fs::read_to_string(f[2]).expect("bundle");
    let now = f[3].parse().expect("time");
    match verify(&quote, &collateral(&bundle), now) {
        Ok(r) => {
            let mut ids = r.advisory_ids;
            ids.sort();
            println!("{}\tyes\t{}\t{}\t", f[0], r.status, ids.join(","));
        }
        Err(e) => {
            let text = format!("{e:#}").replace(['\n', '\t'], " ");
            println!("{}\tno\t\t\t{}", f[0], text);
        }
    }
}

fn cpu_us() -> f64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: t is a valid place for the result.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t) };
    t.tv_sec as f64 * 1e6 + t.tv_nsec as f64 / 1e3
}

fn run(n: u32, quote: &[u8], bundle: &str, now: u64) -> f64 {
    let start = cpu_us();
    for _ in 0..n {
        verify(quote, &collateral(bundle), now).expect("verdict");
    }
    (cpu_us() - start) / f64::from(n)
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args[1] == "verdicts" {
        for line in fs::read_to_string(&args[2]).expect("cases").lines() {
            judge(line);
        }
        return;
    }
    let quote = fs::read(&args[2]).expect("quote");
    let bundle = fs::read_to_string(&args[3]).expect("bundle");
    let now = args[4].parse().expect("time");
    let n = (300_000.0 / run(20, &quote, &bundle, now)).max(1.0) as u32;
    let mut us: Vec<f64> = (0..7).map(|_| run(n, &quote, &bundle, now)).collect();
    us.sort_by(f64::total_cmp);
    println!("{:.1}", us[3]);
}
