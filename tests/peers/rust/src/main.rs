// SPDX-License-Identifier: Apache-2.0
//! Calls every method of the clients in the crate dstack-sdk; what it prints
//! is as python/peer.py says.
use anyhow::Result;
use dstack_sdk::dstack_client::{
    DstackClient, GetKeyResponse, GetQuoteResponse, GetTlsKeyResponse,
    InfoResponse, SignResponse, TlsKeyConfig, VerifyResponse,
};
use dstack_sdk::tappd_client::{
    DeriveKeyResponse, TappdClient, TdxQuoteResponse,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::future::Future;

const SHORT: &[u8] = b"libdstack peers";
const MESSAGE: &[u8] = b"Test message for signing";

fn full() -> Vec<u8> {
    (1..=64).collect()
}

/// "name=hex" texts.
#[derive(Default)]
struct Facts(Vec<String>);

impl Facts {
    fn bytes(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.0.push(format!("{name}={}", hex::encode(value)));
    }
    fn hex(&mut self, name: &str, value: &str) -> Result<()> {
        self.bytes(name, hex::decode(value)?);
        Ok(())
    }
    fn chain(&mut self, links: Vec<Vec<u8>>) {
        for (i, link) in links.iter().enumerate() {
            self.bytes(&format!("chain{i}"), link);
        }
    }
    fn rtmrs(&mut self, rtmrs: BTreeMap<u8, String>) -> Result<()> {
        for (i, value) in rtmrs {
            self.hex(&format!("rtmr{i}"), &value)?;
        }
        Ok(())
    }
}

/// Prints one line, hands the answer on. `what` gathers the facts of it.
async fn call<T>(
    client: &str,
    name: &str,
    answer: impl Future<Output = Result<T>>,
    what: impl FnOnce(&mut Facts, &T) -> Result<()>,
) -> Option<T> {
    let mut facts = Facts::default();
    let outcome = match answer.await {
        Ok(r) => what(&mut facts, &r).map(|()| r),
        Err(e) => Err(e),
    };
    match outcome {
        Ok(r) => {
            println!("{client}\t{name}\tok\t{}", facts.0.join(" "));
            Some(r)
        }
        Err(e) => {
            let text = format!("{e:#}");
            let words: Vec<&str> = text.split_whitespace().collect();
            println!("{client}\t{name}\tfail\t{}", words.join(" "));
            None
        }
    }
}

fn pem(client: &str, name: &str, key: &str, chain: &[String]) -> Result<()> {
    let folder = std::env::var("PEERS_PEM")?;
    let base = format!("{folder}/rust-{client}-{name}");
    std::fs::write(format!("{base}.key"), key)?;
    std::fs::write(format!("{base}.chain"), chain.join("\n"))?;
    Ok(())
}

// ---- DstackClient ----------------------------------------------------------

fn key(f: &mut Facts, r: &GetKeyResponse) -> Result<()> {
    f.bytes("key", r.decode_key()?);
    f.chain(r.decode_signature_chain()?);
    Ok(())
}

fn signature(f: &mut Facts, r: &SignResponse) -> Result<()> {
    f.bytes("signature", r.decode_signature()?);
    f.bytes("public_key", r.decode_public_key()?);
    f.chain(r.decode_signature_chain()?);
    Ok(())
}

fn quote(f: &mut Facts, r: &GetQuoteResponse, sent: &[u8]) -> Result<()> {
    f.bytes("sent", sent);
    f.bytes("quote", r.decode_quote()?);
    f.hex("report_data", &r.report_data)?;
    f.bytes("vm_config", &r.vm_config);
    f.bytes("events", r.decode_event_log()?.len().to_string());
    Ok(())
}

fn info(f: &mut Facts, r: &InfoResponse) -> Result<()> {
    f.hex("app_id", &r.app_id)?;
    f.hex("instance_id", &r.instance_id)?;
    f.hex("compose_hash", &r.compose_hash)?;
    f.hex("device_id", &r.device_id)?;
    f.hex("mr_aggregated", &r.mr_aggregated)?;
    f.hex("os_image_hash", &r.os_image_hash)?;
    f.bytes("app_name", &r.app_name);
    f.bytes("key_provider_info", &r.key_provider_info);
    f.bytes("vm_config", &r.vm_config);
    f.hex("tcb_mrtd", &r.tcb_info.mrtd)?;
    f.hex("tcb_rtmr0", &r.tcb_info.rtmr0)?;
    f.hex("tcb_rtmr1", &r.tcb_info.rtmr1)?;
    f.hex("tcb_rtmr2", &r.tcb_info.rtmr2)?;
    f.hex("tcb_rtmr3", &r.tcb_info.rtmr3)?;
    f.bytes("tcb_app_compose", &r.tcb_info.app_compose);
    f.bytes("tcb_events", r.tcb_info.event_log.len().to_string());
    Ok(())
}

fn answer(f: &mut Facts, r: &VerifyResponse) -> Result<()> {
    f.bytes("answer", r.valid.to_string());
    Ok(())
}

async fn keys(c: &DstackClient) {
    call("dstack", "get_key", c.get_key(None, None), key).await;
    for (name, path, purpose) in [
        ("get_key.path", "/", "test"),
        ("get_key.wallet", "wallet/ethereum", "mainnet"),
    ] {
        let r = c.get_key(Some(path.into()), Some(purpose.into()));
        call("dstack", name, r, key).await;
    }
    for (name, config) in [
        ("get_tls_key", TlsKeyConfig::builder().build()),
        (
            "get_tls_key.names",
            TlsKeyConfig::builder()
                .subject("peer.example")
                .alt_names(vec!["peer.example".into(), "127.0.0.1".into()])
                .usage_server_auth(true)
                .usage_client_auth(true)
                .build(),
        ),
        (
            "get_tls_key.ra_tls",
            TlsKeyConfig::builder()
                .subject("peer.example")
                .usage_ra_tls(true)
                .build(),
        ),
    ] {
        let save = |_: &mut Facts, r: &GetTlsKeyResponse| {
            pem("dstack", name, &r.key, &r.certificate_chain)
        };
        call("dstack", name, c.get_tls_key(config), save).await;
    }
}

async fn signing(c: &DstackClient, algorithm: &str, data: Vec<u8>) {
    let name = format!("sign.{algorithm}");
    let r = call("dstack", &name, c.sign(algorithm, data.clone()), signature)
        .await
        .and_then(|r| {
            Some((r.decode_signature().ok()?, r.decode_public_key().ok()?))
        });
    let (sig, public) = r.unwrap_or((vec![0; 64], vec![0; 32]));
    let mut other = data.clone();
    other.reverse();
    for (name, what) in [("verify", data), ("verify_other", other)] {
        let name = format!("{name}.{algorithm}");
        let r = c.verify(algorithm, what, sig.clone(), public.clone());
        call("dstack", &name, r, answer).await;
    }
}

async fn dstack() {
    let c = DstackClient::new(None);
    call("dstack", "version", c.version(), |f, r| {
        f.bytes("version", &r.version);
        f.bytes("rev", &r.rev);
        Ok(())
    })
    .await;
    call("dstack", "info", c.info(), info).await;
    keys(&c).await;
    for (name, sent) in [
        ("get_quote.short", SHORT.to_vec()),
        ("get_quote.full", full()),
    ] {
        let r = c.get_quote(sent.clone());
        call("dstack", name, r, |f, r| quote(f, r, &sent)).await;
    }
    let r = c.get_quote(SHORT.to_vec());
    call("dstack", "get_quote.replay", r, |f, r| {
        f.bytes("quote", r.decode_quote()?);
        f.rtmrs(r.replay_rtmrs()?)
    })
    .await;
    call("dstack", "attest", c.attest(full()), |f, r| {
        f.bytes("sent", full());
        f.bytes("attestation", r.decode_attestation()?);
        Ok(())
    })
    .await;
    let r = c.emit_event("peers".into(), b"payload".to_vec());
    call("dstack", "emit_event", r, |_, ()| Ok(())).await;
    signing(&c, "secp256k1", MESSAGE.to_vec()).await;
    signing(&c, "ed25519", MESSAGE.to_vec()).await;
    let digest = Sha256::digest(MESSAGE).to_vec();
    signing(&c, "secp256k1_prehashed", digest).await;
}

// ---- TappdClient -----------------------------------------------------------

fn derived(f: &mut Facts, r: &DeriveKeyResponse, name: &str) -> Result<()> {
    pem("tappd", name, &r.key, &r.certificate_chain)?;
    f.bytes("scalar", r.decode_key()?);
    Ok(())
}

fn raw(f: &mut Facts, r: &TdxQuoteResponse) -> Result<()> {
    f.bytes("sent", full());
    f.bytes("quote", r.decode_quote()?);
    f.bytes("events", r.decode_event_log()?.len().to_string());
    Ok(())
}

async fn tappd() {
    let c = TappdClient::new(None);
    call("tappd", "derive_key", c.derive_key("/"), |f, r| {
        derived(f, r, "derive_key")
    })
    .await;
    let r = c.derive_key_with_subject("/", "peer");
    call("tappd", "derive_key.subject", r, |f, r| {
        derived(f, r, "derive_key.subject")
    })
    .await;
    let names = vec!["peer.example".to_string(), "127.0.0.1".to_string()];
    let r = c.derive_key_with_subject_and_alt_names(
        "/",
        Some("peer"),
        Some(names),
    );
    call("tappd", "derive_key.names", r, |f, r| {
        derived(f, r, "derive_key.names")
    })
    .await;
    call("tappd", "raw_quote", c.get_quote(full()), raw).await;
    call("tappd", "raw_quote.replay", c.get_quote(full()), |f, r| {
        f.bytes("quote", r.decode_quote()?);
        f.rtmrs(r.replay_rtmrs()?)
    })
    .await;
    call("tappd", "info", c.info(), |f, r| {
        f.hex("app_id", &r.app_id)?;
        f.hex("instance_id", &r.instance_id)?;
        f.bytes("app_name", &r.app_name);
        f.hex("tcb_mrtd", &r.tcb_info.mrtd)?;
        f.hex("tcb_rtmr0", &r.tcb_info.rtmr0)?;
        f.hex("tcb_rtmr1", &r.tcb_info.rtmr1)?;
        f.hex("tcb_rtmr2", &r.tcb_info.rtmr2)?;
        f.hex("tcb_rtmr3", &r.tcb_info.rtmr3)?;
        f.bytes("tcb_app_compose", &r.tcb_info.app_compose);
        f.bytes("tcb_events", r.tcb_info.event_log.len().to_string());
        Ok(())
    })
    .await;
}

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        dstack().await;
        tappd().await;
    });
    Ok(())
}
