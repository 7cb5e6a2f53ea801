//! What the general tools tell a reader.

use super::{Found, Used};
use crate::tool::{Lines, Render};

impl Render for Found {
    fn render(&self, out: &mut Lines) {
        if self.tools.is_empty() {
            out.line(&[
                "No tool fits. Use other words: a verb and a thing, such as \"list members\".",
            ]);
        }
        for tool in &self.tools {
            out.line(&[tool.name, " (", tool.effect, "): ", &tool.description]);
            // Keys and values of ours: a schema always serializes.
            let schema = serde_json::to_string(&tool.input_schema).unwrap_or_default();
            out.line(&["arguments: ", &schema]);
            out.gap();
        }
    }
}

impl Render for Used {
    fn render(&self, out: &mut Lines) {
        out.line(&[&self.tool]);
    }
}
