"""The audit: attack a release as an outsider would, with nothing but what is public, and report what gave way."""

from kansen.protection.audit.report import AttackResult, AuditReport
from kansen.protection.audit.run import audit

__all__ = ["AttackResult", "AuditReport", "audit"]
