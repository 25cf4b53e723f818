use super::Broken;
use crate::refserver::Defect;
use crate::refserver::worlds::{Said, Sent};
use crate::service::{Call, Fault, FaultCode, Step, text};
use crate::wire::{Label, Style};

/// An id that was given before.
const OLD_ID: &str = "7e57ab1e-0000-4000-8000-000000000000";

impl Broken {
    /// Changes how an answer is written.
    pub(in crate::refserver) fn style(&self, said: &Said, step: Option<&Step>, style: &mut Style) {
        let Some(defect) = self.defect.filter(|_| step.is_none_or(is_judged)) else { return };
        let is_fault = matches!(said, Said::Fault(..));
        match defect {
            Defect::ResultMissing => style.result = Label::Absent,
            Defect::ResultMisnamed => style.result = Label::Named(text("Result")),
            Defect::NamespaceMissing => style.namespace = Label::Absent,
            Defect::NamespaceOld => {
                style.namespace = Label::Named(text("http://elasticache.amazonaws.com/doc/2014-09-30/"));
            }
            Defect::ErrorNamespaceOther => {
                style.error_namespace = Label::Named(text("http://webservices.amazon.com/AWSFault/2005-15-09"));
            }
            Defect::RequestIdMissing if !is_fault => style.request_id = Label::Absent,
            Defect::RequestIdErrorMissing if is_fault => style.request_id = Label::Absent,
            Defect::RequestIdConstant => style.request_id = Label::Named(text(OLD_ID)),
            Defect::ErrorTypeReceiver => style.error_type = Label::Named(text("Receiver")),
            Defect::ErrorTypeMissing => style.error_type = Label::Absent,
            _ => {}
        }
    }

    /// Changes how a fault is spelled; its status stays that of its code.
    pub(in crate::refserver) fn spelling(&self, fault: &mut Fault) {
        let code = fault.code.code().to_owned();
        match self.defect {
            Some(Defect::ErrorMessageEmpty) => fault.message = text(""),
            Some(Defect::ErrorCodeSuffix) if !fault.code.is_common() => {
                let suffix = match fault.code {
                    FaultCode::InvalidParameterValue | FaultCode::InvalidParameterCombination => "Exception",
                    _ if code.ends_with("Fault") => "",
                    _ => "Fault",
                };
                fault.code = FaultCode::from_code(&format!("{code}{suffix}"));
            }
            Some(Defect::ErrorCodeBare) => fault.code = FaultCode::from_code(code.trim_end_matches("Fault")),
            _ => {}
        }
    }

    /// Changes the answer as it is sent.
    pub(in crate::refserver) fn bytes(&self, said: &Said, step: Option<&Step>, sent: &mut Sent) {
        let Some(defect) = self.defect.filter(|_| step.is_none_or(is_judged)) else { return };
        let is_fault = matches!(said, Said::Fault(..));
        let is_copy = step.is_some_and(|step| matches!(step.call, Call::Copy(_)));
        match (defect, said) {
            (Defect::Status201, Said::Reply(_)) if is_copy => sent.status = 201,
            (Defect::FaultWith200, Said::Fault(..)) => sent.status = 200,
            (Defect::ErrorStatus400, Said::Fault(..)) => sent.status = 400,
            (Defect::ErrorStatusCommon, Said::Fault(fault, _)) if fault.code.is_common() => sent.status = 422,
            (Defect::ErrorStatus409, Said::Fault(fault, _)) if fault.code == FaultCode::SnapshotAlreadyExists => {
                sent.status = 409;
            }
            (Defect::RequestIdHeaderDiffers | Defect::RequestIdConstant, _) => sent.request_id = Some(text(OLD_ID)),
            (Defect::ContentTypeJson, _) => sent.content_type = Some(text("application/json")),
            (Defect::XmlUnclosed, Said::Reply(_)) => rewrite(sent, |body| match body.rfind("</") {
                Some(end) => body.get(..end).unwrap_or_default().to_owned(),
                None => body.to_owned(),
            }),
            (Defect::XmlUnescaped, _) => rewrite(sent, |body| body.replace("&amp;", "&").replace("&lt;", "<")),
            (Defect::XmlEscapedTwice, _) => rewrite(sent, |body| body.replace('&', "&amp;")),
            (Defect::Latin1Declared, _) => {
                rewrite(sent, |body| format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{body}"));
            }
            (Defect::ZeroIsEmpty, Said::Reply(_)) => {
                rewrite(sent, |body| {
                    body.replace("<SnapshotRetentionLimit>0</SnapshotRetentionLimit>", "<SnapshotRetentionLimit/>")
                });
            }
            (Defect::RequestIdErrorNested, _) if is_fault => rewrite(sent, |body| {
                body.replace("<RequestId>", "<ResponseMetadata><RequestId>")
                    .replace("</RequestId>", "</RequestId></ResponseMetadata>")
            }),
            (Defect::ErrorEnvelopeFlat, _) if is_fault => {
                rewrite(sent, |body| body.replace("<Error>", "").replace("</Error>", ""));
            }
            _ => {}
        }
    }
}

/// Tells whether the answer is one that is judged: those of fixtures and of STS are not.
const fn is_judged(step: &Step) -> bool {
    step.call.operation().is_modelled()
}

fn rewrite(sent: &mut Sent, change: impl Fn(&str) -> String) {
    sent.body = change(&String::from_utf8_lossy(&sent.body)).into_bytes();
}
