use super::*;

#[test]
fn a_queue_is_loaded_in_the_order_of_its_series() {
    let (directory, queue) = queue(&["b", "feature/x", "a"]);
    put(&directory, &[("patches/old.patch", "x"), ("patches/README", "x"), ("patches/feature/y.patch", "x")]);
    let loaded = queue.load().unwrap();
    assert_eq!(loaded.texts, [b"b".to_vec(), b"feature/x".to_vec(), b"a".to_vec()]);
    assert_eq!(loaded.text(&"feature/x".parse().unwrap()), Some(&b"feature/x"[..]));
    assert_eq!(loaded.strays, ["patches/feature/y.patch", "patches/old.patch"]);
}

#[test]
fn every_missing_file_is_in_one_error() {
    let (directory, queue) = queue(&["a", "b", "c/d", "e/f"]);
    for file in ["a.patch", "c/d.patch", "e/f.patch"] {
        fs_err::remove_file(directory.path().join("patches").join(file)).unwrap();
    }
    fs_err::remove_dir(directory.path().join("patches/e")).unwrap();
    put(&directory, &[("patches/e", "a file"), ("patches/a.patch/x", "")]);
    let error = queue.load().unwrap_err();
    insta::assert_snapshot!(message(&error, &directory), @r#"
    DIR/patches/a.patch is a directory
    DIR/patches/c/d.patch is missing
    DIR/patches/e/f.patch needs a directory where there is a file
    move what does not belong there out of the queue's directory, or rename it; restore what is missing with git, or take the patches out of `series` with `pq drop`
    "#);
    assert_eq!(error.kind(), Kind::User);
}

#[test]
fn a_queue_without_patches_needs_no_directories() {
    let (_directory, queue) = queue(&[]);
    assert!(queue.load().unwrap().strays.is_empty());
    assert_eq!(queue.snapshot().unwrap().into_keys().collect::<Vec<_>>(), ["pq.toml"]);
}

#[test]
fn a_manifest_that_is_not_text_says_where() {
    let (directory, queue) = queue(&[]);
    fs_err::write(directory.path().join("pq.toml"), b"schema\xff = 1").unwrap();
    let error = queue.load().unwrap_err();
    let wanted = "DIR/pq.toml is not valid UTF-8: byte 6 does not belong there\nsave the file as UTF-8";
    assert_eq!(message(&error, &directory), wanted);
}

#[test]
fn a_mistake_in_the_manifest_keeps_its_place() {
    let (directory, queue) = queue(&[]);
    put(&directory, &[("pq.toml", "schema = 9\n")]);
    let error = queue.load().unwrap_err();
    let wanted = "DIR/pq.toml:1:10: the file has schema 9, and this pq knows schema 1\nupdate pq";
    assert_eq!(message(&error, &directory), wanted);
}

#[cfg(unix)]
#[test]
fn symlinks_are_followed_nowhere() {
    use std::os::unix::fs::symlink;
    let (directory, queue) = queue(&["a", "b/c"]);
    let outside = tempfile::tempdir().unwrap();
    put(&outside, &[("c.patch", "secret")]);
    let patches = directory.path().join("patches");
    fs_err::remove_dir_all(patches.join("b")).unwrap();
    symlink(outside.path(), patches.join("b")).unwrap();
    let error = queue.load().unwrap_err();
    assert!(message(&error, &directory).starts_with("DIR/patches/b/c.patch is a symlink"), "{error}");
    assert!(message(&queue.snapshot().unwrap_err(), &directory).starts_with("DIR/patches/b is a symlink"));
    for path in ["patches/b/c.patch", "patches/b", "patches/b/new.patch"] {
        let error = queue.write(&changes(&[("patches/a.patch", Some("new")), (path, Some("x"))])).unwrap_err();
        assert!(error.to_string().contains("patches/b is a symlink"), "{error}");
        let error = queue.write(&changes(&[(path, None)])).unwrap_err();
        assert!(error.to_string().contains("patches/b is a symlink"), "{error}");
    }
    assert_eq!(fs_err::read(patches.join("a.patch")).unwrap(), b"a", "nothing was touched");
    assert_eq!(fs_err::read(outside.path().join("c.patch")).unwrap(), b"secret");

    fs_err::remove_file(directory.path().join("pq.toml")).unwrap();
    symlink(outside.path().join("c.patch"), directory.path().join("pq.toml")).unwrap();
    assert!(queue.load().unwrap_err().to_string().contains("pq.toml is a symlink"));
    assert!(queue.snapshot().unwrap_err().to_string().contains("pq.toml is a symlink"));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_text_is_no_stray_and_no_snapshot() {
    use std::os::unix::ffi::OsStrExt;
    let (directory, queue) = queue(&["a"]);
    let name = std::ffi::OsStr::from_bytes(b"\xff.patch.x");
    fs_err::write(directory.path().join("patches").join(name), "").unwrap();
    assert!(queue.load().unwrap().strays.is_empty());
    assert!(queue.snapshot().unwrap_err().to_string().contains("not valid UTF-8"));
}

#[test]
fn a_snapshot_written_back_restores_everything() {
    let (directory, queue) = queue(&["a", "feature/x"]);
    put(&directory, &[("resolutions/a.txt", "r"), ("resolutions/README", "r"), ("notes.txt", "not ours")]);
    let before = queue.snapshot().unwrap();
    let keys: Vec<&str> = before.keys().map(String::as_str).collect();
    assert_eq!(keys, ["patches/a.patch", "patches/feature/x.patch", "pq.toml"]);
    assert_eq!(queue.resolutions().unwrap().into_keys().collect::<Vec<_>>(), ["resolutions/a.txt"]);
    queue
        .write(&changes(&[
            ("patches/a.patch", None),
            ("patches/feature/x.patch", Some("new")),
            ("resolutions/a.txt", None),
        ]))
        .unwrap();
    assert_eq!(queue.snapshot().unwrap().len(), 2);
    queue.write(&before.clone().into_iter().map(|(path, bytes)| (path, Some(bytes))).collect()).unwrap();
    assert_eq!(queue.snapshot().unwrap(), before);
    assert_eq!(queue.resolutions().unwrap().len(), 0, "a snapshot does not bring them back");
    assert_eq!(fs_err::read(directory.path().join("notes.txt")).unwrap(), b"not ours");
}

#[test]
fn writing_makes_directories_and_removes_those_that_get_empty() {
    let directory = tempfile::tempdir().unwrap();
    let queue = QueueDir::new(directory.path().join("new"), PathBuf::new(), None);
    queue.write(&changes(&[("pq.toml", Some("x")), ("patches/a/b/c.patch", Some("1"))])).unwrap();
    let patches = directory.path().join("new/patches");
    assert_eq!(fs_err::read(patches.join("a/b/c.patch")).unwrap(), b"1");
    queue.write(&changes(&[("patches/a/b/c.patch", None), ("patches/d.patch", Some("2"))])).unwrap();
    assert!(!patches.join("a").exists() && patches.join("d.patch").exists());
    queue.write(&changes(&[("patches/gone.patch", None)])).unwrap();
}

#[test]
fn a_name_may_change_its_case() {
    let (directory, queue) = queue(&["Fix"]);
    queue.write(&changes(&[("patches/Fix.patch", None), ("patches/fix.patch", Some("new"))])).unwrap();
    let names: Vec<_> =
        fs_err::read_dir(directory.path().join("patches")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["fix.patch"]);
}

#[test]
fn paths_that_leave_the_directory_are_refused() {
    let (directory, queue) = queue(&[]);
    for path in [
        "",
        "/etc/x",
        "../x",
        "patches/../../x",
        "a//b",
        "a/./b",
        ".git/config",
        "patches/.GIT/x",
        "a\\b",
        "a\0b",
        ".pq-tmp-1",
    ] {
        for text in [Some("x"), None] {
            let error = queue.write(&changes(&[("patches/first.patch", Some("x")), (path, text)])).unwrap_err();
            assert!(matches!(&error, StoreError::Outside { path: named } if named == path), "{path:?} {error}");
        }
    }
    assert!(!directory.path().join("patches").exists(), "nothing was touched");
}

#[test]
fn a_place_that_is_taken_by_something_else_is_an_error_before_anything_is_touched() {
    let (directory, queue) = queue(&["a"]);
    fs_err::create_dir(directory.path().join("patches/z.patch")).unwrap();
    for path in ["patches/z.patch", "patches/a.patch/x"] {
        let error = queue.write(&changes(&[("patches/a.patch", Some("new")), (path, Some("x"))])).unwrap_err();
        assert!(matches!(error, StoreError::Files { .. }), "{error}");
    }
    assert_eq!(fs_err::read(directory.path().join("patches/a.patch")).unwrap(), b"a");
}

#[test]
fn what_did_not_change_is_not_written() {
    let (directory, queue) = queue(&["a", "b"]);
    let time = |name: &str| fs_err::metadata(directory.path().join(name)).unwrap().modified().unwrap();
    let before = time("patches/a.patch");
    std::thread::sleep(Duration::from_millis(20));
    queue.write(&changes(&[("patches/a.patch", Some("a")), ("patches/b.patch", Some("new"))])).unwrap();
    assert_eq!(time("patches/a.patch"), before);
    assert!(time("patches/b.patch") > before);
}

#[test]
fn what_a_killed_process_left_is_ignored_and_cleaned_up() {
    let (directory, queue) = queue(&["a", "b/c"]);
    let left = [".pq-tmp-1-0", "patches/.pq-tmp-1-1", "patches/b/.pq-tmp-1-2.patch", "resolutions/.pq-tmp-9"];
    left.iter().for_each(|file| put(&directory, &[(file, "half")]));
    assert!(queue.load().unwrap().strays.is_empty());
    assert_eq!(queue.snapshot().unwrap().len(), 3);
    queue.write(&changes(&[("patches/b/c.patch", None)])).unwrap();
    assert!(left.iter().all(|file| !directory.path().join(file).exists()));
    assert!(!directory.path().join("patches/b").exists(), "only the leftover was in it");
}

#[test]
fn a_file_that_is_not_committed_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("x");
    drop(atomic::Staged::write(&target, b"1", atomic::Durability::Synced).unwrap());
    assert_eq!(fs_err::read_dir(directory.path()).unwrap().count(), 0);
    atomic::Staged::write(&target, b"1", atomic::Durability::Synced).unwrap().commit().unwrap();
    assert_eq!(fs_err::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_lock_keeps_others_out_until_it_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pq/lock");
    let held = Lock::acquire(&path).unwrap();
    let error = Lock::acquire_within(&path, Duration::from_millis(30)).unwrap_err();
    let pid = std::process::id();
    let wanted = format!(
        "another pq (process {pid}) is working on this queue (DIR/pq/lock is locked)\nwait until it ends; if it hangs, end process {pid}"
    );
    assert_eq!(message(&error, &directory), wanted);
    assert_eq!(error.kind(), Kind::Environment);
    drop(held);
    assert!(path.exists());
    drop(Lock::acquire_within(&path, Duration::ZERO).unwrap());
}

#[test]
fn a_lock_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    let held = Lock::acquire(&path).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| Lock::acquire(&path).is_ok());
        std::thread::sleep(Duration::from_millis(60));
        drop(held);
        assert!(waiting.join().unwrap());
    });
}

#[test]
fn the_marker_of_a_half_done_operation_is_there_until_it_is_cleared() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pq/pending");
    assert_eq!(pending::read(&path).unwrap(), None);
    pending::clear(&path).unwrap();
    pending::write(&path, b"one").unwrap();
    pending::write(&path, b"two").unwrap();
    assert_eq!(pending::read(&path).unwrap(), Some(b"two".to_vec()));
    pending::clear(&path).unwrap();
    assert_eq!(pending::read(&path).unwrap(), None);
    fs_err::create_dir(&path).unwrap();
    assert!(pending::read(&path).is_err(), "what cannot be read is not absent");
}

#[test]
fn a_cache_that_cannot_be_read_or_written_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pq/cache/x");
    assert_eq!(read_cache(&path), None);
    write_cache(&path, b"bytes");
    assert_eq!(read_cache(&path), Some(b"bytes".to_vec()));
    assert_eq!(read_cache(path.parent().unwrap()), None);
    write_cache(&path.join("below-a-file"), b"bytes");
    assert_eq!(read_cache(&path), Some(b"bytes".to_vec()));
}

#[test]
fn the_system_saying_no_has_a_remedy() {
    for (kind, remedy) in [
        (std::io::ErrorKind::PermissionDenied, Some("give yourself the right to read and write the queue's directory")),
        (std::io::ErrorKind::StorageFull, Some("make room on the disk, then run the command again")),
        (std::io::ErrorKind::BrokenPipe, None),
    ] {
        let error = StoreError::Io(std::io::Error::from(kind));
        assert_eq!((error.kind(), error.hint().as_deref()), (Kind::Environment, remedy));
    }
}
