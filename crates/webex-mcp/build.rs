//! Packs the binary's relative relocations where the C library can read them: megabytes that would
//! otherwise be read, and stay in memory, at every start (most of them time-zone tables).

use std::path::Path;

/// glibc says with this version name that it knows packed relocations (2.36 and later).
const READS_PACKED: &[u8] = b"GLIBC_ABI_DT_RELR";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_native = std::env::var("HOST") == std::env::var("TARGET");
    if !is_native || target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    let folder = format!("{}-linux-gnu", target("ARCH"));
    let libraries = ["/lib", "/usr/lib"].map(|root| Path::new(root).join(&folder));
    let libraries = libraries
        .into_iter()
        .chain([Path::new("/lib64").to_owned()]);
    let packs = libraries
        .filter_map(|folder| std::fs::read(folder.join("libc.so.6")).ok())
        .any(|library| {
            library
                .windows(READS_PACKED.len())
                .any(|name| name == READS_PACKED)
        });
    if packs {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
