//! What `docs/security.md` promises: each promise names a test that exists.

use std::fs;
use std::path::Path;

const MARK: &str = "<!-- test: ";

/// Every line of the sources below a directory.
fn sources(directory: &Path, found: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn no_promise_is_without_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document = fs::read_to_string(root.join("docs/security.md")).unwrap();
    let mut code = String::new();
    for place in ["src", "tests"] {
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(place),
            &mut code,
        );
    }
    let mut promises = 0;
    for list in document.split("### Promises").skip(1) {
        let list = list.split("\n#").next().unwrap();
        let list = list.split("What it does not promise").next().unwrap();
        for promise in list.split("\n- ").skip(1) {
            promises += 1;
            let tests = promise.split(MARK).skip(1);
            let names: Vec<_> = tests.map(|test| test.split(' ').next().unwrap()).collect();
            assert!(!names.is_empty(), "no test: {promise}");
            for name in names {
                assert!(
                    code.contains(&format!("fn {name}(")),
                    "no such test: {name}"
                );
            }
        }
    }
    assert!(promises > 0);
}
