"""Hunting, fishing, mining, cattle, travel, companions."""
