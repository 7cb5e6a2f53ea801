//! One request that may send messages before its answer, in the form that the SDK's service loop
//! expects: a transport that delivers one request, takes what the handler sends, and ends with the
//! answer.

use std::sync::Arc;

use rmcp::model::{ClientJsonRpcMessage, RequestId, ServerJsonRpcMessage};
use rmcp::{RoleServer, transport::Transport};
use tokio::sync::mpsc;

use super::aside::AsideSlot;
use super::session::{AtWork, Session};
use super::wire::Outgoing;
use crate::edge::limits;

/// The client's end of the conversation is gone.
#[derive(Debug, thiserror::Error)]
#[error("the client is gone")]
pub(super) struct Gone;

pub(super) struct Conversation {
    first: Option<ClientJsonRpcMessage>,
    replies: mpsc::Receiver<ClientJsonRpcMessage>,
    /// Dropped with the answer; that ends `replies`, and so the loop.
    reply_to: Option<mpsc::Sender<ClientJsonRpcMessage>>,
    said: mpsc::Sender<Outgoing>,
    /// The part of the answer that is text already.
    aside: AsideSlot,
    session: Option<(Arc<Session>, AtWork)>,
    asked: Vec<i64>,
}

impl Conversation {
    /// The transport for the loop, and the end where messages for the client come out. The client
    /// can be asked something only in a session.
    pub(super) fn new(
        request: ClientJsonRpcMessage,
        aside: AsideSlot,
        session: Option<(Arc<Session>, AtWork)>,
    ) -> (Self, mpsc::Receiver<Outgoing>) {
        let (said, hear) = mpsc::channel(limits::CONVERSATION_QUEUE_MESSAGES);
        let (reply_to, replies) = mpsc::channel(limits::CONVERSATION_QUEUE_MESSAGES);
        let conversation = Conversation {
            first: Some(request),
            replies,
            reply_to: Some(reply_to),
            said,
            aside,
            session,
            asked: Vec::new(),
        };
        (conversation, hear)
    }

    /// The requests of every conversation are numbered from zero; the session gives them unique
    /// ids.
    fn readdress(&mut self, id: &mut RequestId) {
        if let (Some((session, _)), Some(reply_to)) = (&self.session, &self.reply_to) {
            let ours = session.ask(id.clone(), reply_to.clone());
            self.asked.push(ours);
            *id = RequestId::Number(ours);
        }
    }
}

impl Transport<RoleServer> for Conversation {
    type Error = Gone;

    fn send(
        &mut self,
        mut message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Gone>> + Send + 'static {
        let (mut last, mut aside) = (None, None);
        match &mut message {
            ServerJsonRpcMessage::Request(request) => self.readdress(&mut request.id),
            ServerJsonRpcMessage::Response(_) | ServerJsonRpcMessage::Error(_) => {
                last = self.reply_to.take();
                aside = self.aside.take();
                self.settle();
            }
            ServerJsonRpcMessage::Notification(_) => {}
        }
        let said = self.said.clone();
        async move {
            let message = Outgoing::new(message, aside);
            let sent = said.send(message).await.map_err(|_| Gone);
            drop(last);
            sent
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        match self.first.take() {
            Some(first) => Some(first),
            None => self.replies.recv().await,
        }
    }

    async fn close(&mut self) -> Result<(), Gone> {
        self.settle();
        Ok(())
    }
}

impl Conversation {
    /// Forgets the questions whose answers nobody waits for now.
    fn settle(&mut self) {
        if let Some((session, at_work)) = self.session.take() {
            session.forget(&self.asked);
            drop(at_work);
        }
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.settle();
    }
}
