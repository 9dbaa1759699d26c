//! Work beside serving: few threads, and of low priority, so that searches keep their cores.

/// How much less than a serving thread a background thread may claim.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Has the calling thread give way to others from now on.
pub(crate) fn give_way() {
    // Linux keeps niceness per thread; elsewhere it would slow the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(reco.error = %error, "background work keeps its priority");
    }
}

/// Runs work that may use several threads on at most half of the cores, all giving way: they
/// inherit that from the calling thread, which is to be one of its own.
pub(crate) fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    give_way();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads((cores / 2).max(1))
        .thread_name(|number| format!("reco-aside-{number}"))
        .build();
    match pool {
        Ok(pool) => pool.install(work),
        // The common pool's threads do not give way, but the work is done.
        Err(_) => work(),
    }
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    #[test]
    fn work_aside_gives_way_and_others_do_not() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let before = niceness();
        let aside = std::thread::spawn(move || super::aside(niceness)).join().unwrap();
        assert_eq!(aside, (before + super::NICENESS).min(19));
        assert_eq!(niceness(), before);
    }
}
