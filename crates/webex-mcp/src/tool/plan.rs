//! Plans: what changes many things is shown before it is done, and what was shown is what is done.

use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::foreseen::NO_REASONS;
use super::{Context, Question, Reasons};
use crate::error::CallError;

/// What a workflow is going to do, as it is kept until it is agreed to.
pub trait Plan: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    type Outcome;

    /// What the user is asked before it is applied.
    fn question(&self) -> Question;

    /// Why the user has to agree to it, besides; of the world as it was when it was made.
    fn reasons(&self) -> &Reasons {
        &NO_REASONS
    }

    /// The same plan as the world is now.
    fn again(&self, context: &Context) -> impl Future<Output = Result<Self, CallError>> + Send;

    /// Keeps it, and answers what it would do. `before` was to be applied, and this takes its place:
    /// what of that is in no plan any more is told too, with the reason.
    fn shown(
        self,
        context: &Context,
        before: Option<Self>,
    ) -> impl Future<Output = Result<Self::Outcome, CallError>> + Send;

    /// Does it, each item once.
    fn applied(
        self,
        context: &Context,
    ) -> impl Future<Output = Result<Self::Outcome, CallError>> + Send;
}

/// Plans of this caller with this tool: what a call would change, kept until it is agreed to.
pub trait Plans: Send + Sync + std::fmt::Debug {
    /// Returns the plan's id once it is durable.
    fn keep(&self, plan: Value) -> BoxFuture<'_, Result<String, CallError>>;

    fn kept<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<KeptPlan, CallError>>;

    /// Uses the plan up for this work; returns once that is durable.
    fn begin<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), CallError>>;

    /// Deletes a plan that another has taken the place of, unless a work has begun to apply it.
    fn forget<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()>;
}

/// A plan that no other work has applied.
#[derive(Debug)]
pub struct KeptPlan {
    pub plan: Value,
    /// This work began to apply it, in an earlier process.
    pub is_begun: bool,
}

/// For a plan's id beside other arguments.
pub fn stands_alone() -> CallError {
    CallError::invalid(
        "planId",
        "the plan has everything; leave out every other argument, or leave it out for a new plan",
    )
}

/// The id of the plan that a call applies, if it names one. A plan has all of the arguments: `alone`
/// makes those with an id and nothing else.
///
/// # Errors
/// `invalid_arguments` where others stand beside the id.
pub fn named<'a, A: PartialEq>(
    id: &'a Option<String>,
    arguments: &A,
    alone: impl FnOnce(Option<String>) -> A,
) -> Result<Option<&'a str>, CallError> {
    match id.is_none() || *arguments == alone(id.clone()) {
        true => Ok(id.as_deref()),
        false => Err(stands_alone()),
    }
}

/// The question before the plan with this id is applied, or before `at_once` is, by a call that makes
/// no plan of it. There is none before a plan is made.
///
/// # Errors
/// `not_found` where there is no such plan; those of `at_once`.
pub async fn question<P: Plan>(
    context: &Context,
    id: Option<&str>,
    at_once: impl Future<Output = Result<Option<P>, CallError>>,
) -> Result<Option<Question>, CallError> {
    let plan = match id {
        Some(id) => Some(context.kept_plan(id).await?.0),
        None => at_once.await?,
    };
    let Some(plan) = plan else { return Ok(None) };
    context.agreed(plan.reasons())?;
    Ok(Some(plan.question()))
}

/// Applies what needs no plan.
///
/// # Errors
/// `forbidden` where somebody has to agree and nobody has; else what ends the whole work.
pub async fn apply_at_once<P: Plan>(context: &Context, plan: P) -> Result<P::Outcome, CallError> {
    // What was begun before a restart is gone on with; the gate judges each item that is left.
    if !context.is_resumed {
        context.agreed(plan.reasons())?;
    }
    plan.applied(context).await
}

/// Applies the plan with this id, once; if the world has changed since, the new plan is shown
/// instead, and nobody is asked about the old one again. A work that goes on after a restart has changed the world itself.
///
/// # Errors
/// `not_found` where there is no such plan, `conflict` where it was applied; else what ends the
/// whole work.
pub async fn apply<P: Plan>(context: &Context, id: &str) -> Result<P::Outcome, CallError> {
    let (kept, is_begun): (P, _) = context.kept_plan(id).await?;
    if !is_begun {
        let now = kept.again(context).await?;
        if now != kept {
            let shown = now.shown(context, Some(kept)).await?;
            context.forget_plan(id).await?;
            return Ok(shown);
        }
        context.agreed(kept.reasons())?;
        context.begin_plan(id).await?;
    }
    kept.applied(context).await
}

impl Context {
    /// Keeps a plan, and returns the id by which it is applied.
    ///
    /// # Errors
    /// `unavailable` where nothing can be written.
    pub async fn keep_plan<P: Serialize>(&self, plan: &P) -> Result<String, CallError> {
        let plan = serde_json::to_value(plan).map_err(CallError::internal)?;
        self.plans()?.keep(plan).await
    }

    /// The plan with this id, and whether this work began to apply it in an earlier process.
    ///
    /// # Errors
    /// `not_found` where there is none, it is too old, or somebody else's; `conflict` where it was
    /// applied.
    pub async fn kept_plan<P: DeserializeOwned>(&self, id: &str) -> Result<(P, bool), CallError> {
        let kept = self.plans()?.kept(id).await?;
        let plan = serde_json::from_value(kept.plan).map_err(CallError::internal)?;
        Ok((plan, kept.is_begun))
    }

    /// Uses a plan up: it is applied once.
    ///
    /// # Errors
    /// As of [`Context::kept_plan`]; `unavailable` where nothing can be written.
    pub async fn begin_plan(&self, id: &str) -> Result<(), CallError> {
        self.plans()?.begin(id).await
    }

    /// Ends a plan that another has taken the place of. Where that cannot be written, it ends with its
    /// hour.
    ///
    /// # Errors
    /// `internal` for what is no long work.
    pub async fn forget_plan(&self, id: &str) -> Result<(), CallError> {
        self.plans()?.forget(id).await;
        Ok(())
    }

    fn plans(&self) -> Result<&dyn Plans, CallError> {
        let plans = self.plans.as_deref();
        plans.ok_or_else(|| CallError::internal("only long work has plans"))
    }
}
