//! How sockets end.

use super::*;

async fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_drain_takes_nobody_new_and_lets_answers_finish() {
    let drain = CancellationToken::new();
    let begun = Arc::new(tokio::sync::Notify::new());
    let slow = {
        let begun = begun.clone();
        let answer = move |_caller, _request| {
            let begun = begun.clone();
            async move {
                begun.notify_one();
                tokio::time::sleep(Duration::from_millis(200)).await;
                "finished".into_response()
            }
        };
        Mount::new("/slow", Arc::new(one()), Refusal::into_response, answer)
    };
    let layers = Layers::new(&[], &[], Proxies::default()).unwrap();
    let router = router(vec![slow], layers, Router::new(), drain.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(
        listener,
        router.clone(),
        Bounds::default(),
        Proxies::default(),
        drain.clone(),
    ));
    assert!(get(address, "/healthz").await.unwrap().ends_with("ok"));
    assert!(
        get(address, "/readyz")
            .await
            .unwrap()
            .starts_with("HTTP/1.1 200")
    );

    let answering = tokio::spawn(async move { get(address, "/slow").await });
    begun.notified().await;
    drain.cancel();
    assert!(answering.await.unwrap().unwrap().ends_with("finished"));
    serving.await.unwrap();
    assert!(
        get(address, "/healthz").await.is_err(),
        "nobody listens any more"
    );
    let ready = Request::get("/readyz").body(Body::empty()).unwrap();
    assert_eq!(router.oneshot(ready).await.unwrap().status(), 503);
}
