"""Bodies of senders that have no reader of their own, written by us from what each sender documents.

Of each: what it sends when something begins, what differs when it ends, and the title that must come out. Read by
test_generic.py. The names of fields are the senders'; the values are ours.
"""

from typing import Any, NamedTuple

Body = dict[str, Any]


class Sent(NamedTuple):
    """One sender's body at the beginning, the fields that differ at the end, and what must be read."""

    begins: Body
    ends: Body | None
    """Merged over `begins`, level by level; None when the sender never says that something ended."""
    title: str
    severity: str = ""
    service: str = ""
    starts_at: str = ""
    url: str = ""


def over(begins: Body, differs: Body) -> Body:
    """A body with what differs, level by level."""
    merged = dict(begins)
    for name, value in differs.items():
        known = merged.get(name)
        merged[name] = over(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


MONITORING: dict[str, Sent] = {
    # source: New Relic documentation, "Workflow notification channels: webhook payload".
    "new relic workflow": Sent(
        {"id": "9c3b-1", "issueUrl": "https://radar-api.newrelic.example/issues/9c3b-1", "title": "High CPU on web-1", "priority": "CRITICAL", "state": "ACTIVATED", "trigger": "STATE_CHANGE", "isCorrelated": False, "createdAt": 1764000000000, "impactedEntities": ["web-1"], "alertPolicyNames": ["Web"]},
        {"state": "CLOSED", "trigger": "INCIDENT_CLOSED"},
        "High CPU on web-1", "CRITICAL", starts_at="2025-11-24T16:00:00+00:00",
    ),
    # source: New Relic documentation, legacy "Webhook" notification channel.
    "new relic legacy": Sent(
        {"account_id": 1, "condition_name": "Apdex (Low)", "current_state": "open", "details": "Apdex < 0.5 for 5 minutes", "event_type": "INCIDENT", "incident_id": 4711, "incident_url": "https://alerts.newrelic.example/incidents/4711", "policy_name": "Checkout", "severity": "CRITICAL", "timestamp": 1764000000000},
        {"current_state": "closed", "details": "Apdex is back"},
        "Apdex", "CRITICAL", url="https://alerts.newrelic.example/incidents/4711",
    ),
    # source: Dynatrace documentation, "Webhook integration".
    "dynatrace": Sent(
        {"ImpactedEntity": "checkout-service", "PID": "-1234_V2", "ProblemID": "P-23081", "ProblemTitle": "Response time degradation", "ProblemSeverity": "PERFORMANCE", "ProblemImpact": "SERVICE", "ProblemURL": "https://abc.dynatrace.example/#problems/1", "State": "OPEN", "Tags": "team:shop, env:prod"},
        {"State": "RESOLVED"},
        "Response time degradation", service="checkout-service", url="https://abc.dynatrace.example/#problems/1",
    ),
    # source: Microsoft Learn, "Common alert schema".
    "azure monitor": Sent(
        {"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": {"alertId": "/subscriptions/1/alerts/2", "alertRule": "cpu-high", "severity": "Sev2", "signalType": "Metric", "monitorCondition": "Fired", "configurationItems": ["vm-7"], "firedDateTime": "2025-11-24T16:00:00.1234567Z", "description": "CPU of vm-7 is over 90 %"}, "alertContext": {"condition": {"allOf": [{"metricName": "Percentage CPU"}]}}}},
        {"data": {"essentials": {"monitorCondition": "Resolved", "resolvedDateTime": "2025-11-24T16:30:00Z"}}},
        "cpu-high: CPU of vm-7 is over 90 %", "Sev2", starts_at="2025-11-24T16:00:00.123456+00:00",
    ),
    # source: Google Cloud documentation, "Webhook notification channels", schema 1.2.
    "google cloud monitoring": Sent(
        {"version": "1.2", "incident": {"incident_id": "0.abc", "scoping_project_id": "shop", "url": "https://console.cloud.google.example/incidents/0.abc", "started_at": 1764000000, "ended_at": None, "state": "open", "summary": "Latency of checkout is above 500 ms", "resource_name": "checkout", "policy_name": "Latency", "condition_name": "p95", "severity": "Critical", "metric": {"type": "latency", "labels": {"region": "eu"}}}},
        {"incident": {"state": "closed", "ended_at": 1764000900, "summary": "Latency of checkout returned to normal"}},
        "Latency of checkout is above 500 ms", "Critical", starts_at="2025-11-24T16:00:00+00:00",
    ),
    # source: Checkmk documentation, "Forward notifications": context of a notification as JSON.
    "checkmk": Sent(
        {"NOTIFICATIONTYPE": "PROBLEM", "HOSTNAME": "db-1", "SERVICEDESC": "Filesystem /var", "SERVICESTATE": "CRITICAL", "SERVICEOUTPUT": "97% used", "HOSTSTATE": "UP", "WHAT": "SERVICE"},
        {"NOTIFICATIONTYPE": "RECOVERY", "SERVICESTATE": "OK", "SERVICEOUTPUT": "60% used"},
        "Filesystem /var: 97% used",
    ),
    # source: Icinga 2 documentation, "Notification commands": runtime macros under names of our own choice.
    "icinga": Sent(
        {"notification_type": "PROBLEM", "host_name": "web-1", "service_name": "http", "service_state": "CRITICAL", "service_output": "HTTP CRITICAL - timeout", "check_time": "2025-11-24 16:00:00 +0000"},
        {"notification_type": "RECOVERY", "service_state": "OK", "service_output": "HTTP OK"},
        "http: HTTP CRITICAL - timeout", service="http",
    ),
    # source: Nagios Core documentation, "Standard macros".
    "nagios host": Sent(
        {"notificationtype": "PROBLEM", "hostname": "router-3", "hoststate": "DOWN", "hostoutput": "PING CRITICAL - 100% loss"},
        {"notificationtype": "RECOVERY", "hoststate": "UP", "hostoutput": "PING OK"},
        "router-3: PING CRITICAL - 100% loss",
    ),
    # source: Splunk documentation, "Webhook alert action".
    "splunk": Sent(
        {"result": {"sourcetype": "nginx", "count": "8", "host": "web-1"}, "sid": "scheduler_1", "results_link": "https://splunk.example/app/search/1", "search_name": "Many 500s", "owner": "admin", "app": "search"},
        None,
        "Many 500s", url="https://splunk.example/app/search/1",
    ),
    # source: Splunk On-Call documentation, "REST endpoint integration".
    "splunk on-call (victorops)": Sent(
        {"message_type": "CRITICAL", "entity_id": "disk/db-1", "entity_display_name": "Disk of db-1 is full", "state_message": "/var 99 %", "state_start_time": 1764000000, "monitoring_tool": "own"},
        {"message_type": "RECOVERY", "state_message": "/var 40 %"},
        "Disk of db-1 is full", starts_at="2025-11-24T16:00:00+00:00",
    ),
    # source: Elastic documentation, "Webhook connector" with the rule's variables.
    "kibana rule": Sent(
        {"rule": {"id": "r-1", "name": "Error rate", "tags": ["shop"]}, "alert": {"id": "host-1", "uuid": "u-1"}, "status": "active", "reason": "Error rate is 12 % for host-1", "alert_id": "r-1:host-1"},
        {"status": "recovered", "reason": "Error rate is back"},
        "Error rate",
    ),
    # source: Elastic documentation, "Watcher webhook action", body with ctx.
    "elastic watcher": Sent(
        {"watch_id": "errors-in-logs", "message": "Found 12 errors in the last 5 minutes", "execution_time": "2025-11-24T16:00:00.000Z"},
        None,
        "errors-in-logs: Found 12 errors in the last 5 minutes",
    ),
    # source: Honeycomb documentation, "Webhook recipients".
    "honeycomb": Sent(
        {"version": "v0.1.0", "id": "trg-1", "name": "Slow checkouts", "status": "TRIGGERED", "summary": "Triggered: Slow checkouts", "description": "p99 over 2 s", "operator": "greater than", "threshold": 2, "result_url": "https://ui.honeycomb.example/1", "trigger_url": "https://ui.honeycomb.example/t/1"},
        {"status": "OK", "summary": "Resolved: Slow checkouts"},
        "Triggered: Slow checkouts", url="https://ui.honeycomb.example/1",
    ),
    # source: Better Stack documentation, "Outgoing webhooks": JSON:API.
    "better stack": Sent(
        {"data": {"id": "42", "type": "incident", "attributes": {"name": "shop.example", "url": "https://shop.example", "cause": "Status 503", "started_at": "2025-11-24T16:00:00.000Z", "resolved_at": None, "status": "Started"}}},
        {"data": {"attributes": {"status": "Resolved", "resolved_at": "2025-11-24T16:10:00.000Z"}}},
        "shop.example: Status 503", starts_at="2025-11-24T16:00:00+00:00", url="https://shop.example",
    ),
    # source: UptimeRobot help, "Web-hook alert contacts".
    "uptimerobot": Sent(
        {"monitorID": "777", "monitorURL": "https://shop.example", "monitorFriendlyName": "Shop", "alertType": "1", "alertTypeFriendlyName": "Down", "alertDetails": "Connection Timeout", "alertDuration": "0", "alertDateTime": "1764000000"},
        {"alertType": "2", "alertTypeFriendlyName": "Up", "alertDetails": "HTTP 200"},
        "Shop: Connection Timeout", starts_at="2025-11-24T16:00:00+00:00", url="https://shop.example",
    ),
    # source: Healthchecks.io documentation, "Webhooks": placeholders in a body of the user's.
    "healthchecks.io": Sent(
        {"name": "nightly-backup", "status": "down", "code": "f6e7", "tags": "cron prod", "now": "2025-11-24T16:00:00+00:00"},
        {"status": "up"},
        "nightly-backup",
    ),
    # source: Netdata documentation, "Webhook alert notifications" of Netdata Cloud.
    "netdata": Sent(
        {"message": "ram_available on db-1 is critical", "alert": "ram_available", "info": "memory that is left", "chart": "mem.available", "context": "mem.available", "space": "shop", "Rooms": {"all": "All"}, "host": "db-1", "severity": "critical", "date": "2025-11-24T16:00:00Z", "duration": "4m", "alert_url": "https://app.netdata.example/a/1"},
        {"severity": "clear", "message": "ram_available on db-1 recovered"},
        "ram_available on db-1 is critical", "critical", "db-1", url="https://app.netdata.example/a/1",
    ),
    # source: StatusCake knowledge base, "Web hook".
    "statuscake": Sent(
        {"URL": "https://shop.example", "Token": "t", "Name": "Shop", "StatusCode": "0", "Status": "Down", "Tags": "", "TestID": "55"},
        {"Status": "Up", "StatusCode": "200"},
        "Shop", url="https://shop.example",
    ),
    # source: Pingdom documentation, "Webhooks".
    "pingdom": Sent(
        {"check_id": 91, "check_name": "Shop front", "check_type": "HTTP", "previous_state": "UP", "current_state": "DOWN", "importance_level": "HIGH", "state_changed_timestamp": 1764000000, "description": "Socket timeout", "long_description": "Socket timeout, unable to connect"},
        {"previous_state": "DOWN", "current_state": "UP", "description": "HTTP 200"},
        "Shop front: Socket timeout", "HIGH", starts_at="2025-11-24T16:00:00+00:00",
    ),
    # source: Site24x7 help, "Webhook integration": JSON with the usual parameters.
    "site24x7": Sent(
        {"MONITORNAME": "Shop", "MONITOR_ID": 1001, "MONITORTYPE": "URL", "STATUS": "DOWN", "INCIDENT_REASON": "Connection refused", "INCIDENT_TIME_ISO": "2025-11-24T16:00:00+0000", "MONITORURL": "https://shop.example"},
        {"STATUS": "UP", "INCIDENT_REASON": ""},
        "Shop: Connection refused", starts_at="2025-11-24T16:00:00+00:00", url="https://shop.example",
    ),
    # source: Cronitor documentation, "Webhook integration".
    "cronitor": Sent(
        {"id": "d3", "monitor": "nightly-import", "name": "nightly-import", "type": "ALERT", "description": "Did not run at 02:00", "rule": "run_schedule", "url": "https://cronitor.example/monitors/d3"},
        {"type": "RECOVERY", "description": "Ran"},
        "nightly-import: Did not run at 02:00",
    ),
    # source: Checkly documentation, "Webhook alert channels", default template.
    "checkly": Sent(
        {"event": "API Check Login has failed", "alertTitle": "API Check Login has failed", "alertType": "ALERT_FAILURE", "checkName": "Login", "checkId": "c-9", "checkType": "API", "startedAt": "2025-11-24T16:00:00.000Z", "link": "https://app.checkly.example/checks/c-9"},
        {"event": "API Check Login has recovered", "alertTitle": "API Check Login has recovered", "alertType": "ALERT_RECOVERY"},
        "API Check Login has failed", starts_at="2025-11-24T16:00:00+00:00",
    ),
    # source: Splunk Observability (SignalFx) documentation, "Webhook".
    "splunk observability": Sent(
        {"severity": "Major", "status": "anomalous", "statusExtended": "anomalous", "detector": "Latency", "rule": "p99 is high", "messageTitle": "Major Alert: p99 is high", "incidentId": "Fx1", "detectorUrl": "https://app.signalfx.example/#/detector/1", "timestamp": "2025-11-24T16:00:00Z"},
        {"status": "ok", "statusExtended": "ok", "messageTitle": "Back to normal: p99 is high"},
        "Major Alert: p99 is high", "Major", url="https://app.signalfx.example/#/detector/1",
    ),
    # source: LogicMonitor documentation, "Custom HTTP delivery" with tokens.
    "logicmonitor": Sent(
        {"alertid": "LMD123", "alertstatus": "active", "alerttype": "alert", "level": "critical", "host": "db-1", "datasource": "CPU", "message": "CPUBusyPercent is 99"},
        {"alertstatus": "clear"},
        "db-1: CPUBusyPercent is 99", "critical", "db-1",
    ),
    # source: Sensu Go documentation, "Events".
    "sensu": Sent(
        {"entity": {"metadata": {"name": "web-1"}}, "check": {"metadata": {"name": "check-http"}, "output": "timeout", "state": "failing", "status": 2}, "id": "e-1", "timestamp": 1764000000},
        {"check": {"output": "200", "state": "passing", "status": 0}},
        "timeout",
    ),
    # source: Flux documentation, "Generic webhook provider": an event of the notification controller.
    "flux": Sent(
        {"involvedObject": {"kind": "Kustomization", "name": "shop", "namespace": "flux-system", "uid": "u-7"}, "severity": "error", "timestamp": "2025-11-24T16:00:00Z", "message": "health check failed", "reason": "HealthCheckFailed", "reportingController": "kustomize-controller"},
        None,
        "shop: health check failed", "error", starts_at="2025-11-24T16:00:00+00:00",
    ),
    # source: Graylog documentation, "HTTP alert notification".
    "graylog": Sent(
        {"event_definition_id": "d-1", "event_definition_title": "Many logins fail", "event": {"id": "01H", "alert": True, "message": "Many logins fail: count()=99", "priority": 3, "timestamp": "2025-11-24T16:00:00.000Z"}, "backlog": []},
        None,
        "Many logins fail",
    ),
    # source: Sumo Logic documentation, "Alert variables", default webhook payload.
    "sumo logic": Sent(
        {"name": "Error logs", "description": "", "monitorType": "Logs", "trigger_type": "Critical", "triggerCondition": "Greater than 100", "alertResponseURL": "https://service.sumologic.example/a/1", "id": "mon-1", "status": "Critical"},
        {"trigger_type": "ResolvedCritical", "status": "ResolvedCritical"},
        "Error logs",
    ),
    # source: PRTG manual, "Execute HTTP action", with placeholders as JSON.
    "prtg": Sent(
        {"sensorid": "2045", "device": "fw-1", "name": "Ping", "status": "Down", "message": "Timeout (ICMP error 11010)", "datetime": "24.11.2025 16:00:00", "link": "https://prtg.example/sensor.htm?id=2045"},
        {"status": "Up", "message": "OK"},
        "Ping: Timeout (ICMP error 11010)", url="https://prtg.example/sensor.htm?id=2045",
    ),
    # source: Cloudflare documentation, "Notifications: webhook payload".
    "cloudflare": Sent(
        {"name": "Origin errors", "text": "Origin of shop.example is unreachable", "data": {"severity": "CRITICAL"}, "ts": 1764000000, "account_id": "a", "policy_id": "p-1", "alert_type": "load_balancing_health_alert", "alert_correlation_id": "c-1", "alert_event": "ALERT_STATE_EVENT_START"},
        {"alert_event": "ALERT_STATE_EVENT_END", "text": "Origin of shop.example is reachable"},
        "Origin of shop.example is unreachable", "CRITICAL", starts_at="2025-11-24T16:00:00+00:00",
    ),
}  # fmt: skip

TOOLS: dict[str, Sent] = {
    # source: Alerta documentation, "API: send an alert".
    "alerta": Sent(
        {"id": "al-1", "resource": "web-1", "event": "NodeDown", "environment": "Production", "severity": "critical", "status": "open", "service": ["Web"], "text": "web-1 is down", "createTime": "2025-11-24T16:00:00.000Z"},
        {"status": "closed", "severity": "normal"},
        "web-1 is down", "critical", starts_at="2025-11-24T16:00:00+00:00",
    ),
    # source: Keep documentation, "AlertDto".
    "keep": Sent(
        {"id": "k-1", "name": "Pod crash-looping", "status": "firing", "severity": "high", "lastReceived": "2025-11-24T16:00:00Z", "startedAt": "2025-11-24T15:59:00Z", "fingerprint": "fp-1", "source": ["prometheus"], "description": "shop-7 restarts", "url": "https://keep.example/1"},
        {"status": "resolved"},
        "Pod crash-looping", "high", starts_at="2025-11-24T15:59:00+00:00", url="https://keep.example/1",
    ),
    # source: GoAlert documentation, "Generic API".
    "goalert": Sent(
        {"summary": "Queue grows", "details": "12,000 messages", "dedup": "queue/orders"},
        {"action": "close"},
        "Queue grows",
    ),
    # source: PagerTree documentation, "Webhook integration".
    "pagertree": Sent(
        {"event_type": "create", "id": "pt-1", "title": "Login is slow", "description": "p95 3 s", "urgency": "high"},
        {"event_type": "resolve"},
        "Login is slow", "high",
    ),
    # source: incident.io documentation, "HTTP alert source".
    "incident.io": Sent(
        {"title": "Disk full", "description": "/var", "deduplication_key": "disk/1", "status": "firing", "metadata": {"team": "db"}, "source_url": "https://x.example"},
        {"status": "resolved"},
        "Disk full",
    ),
    # source: Squadcast documentation, "Incident webhook".
    "squadcast": Sent(
        {"message": "API is down", "description": "no answer", "status": "trigger", "event_id": "6"},
        {"status": "resolve"},
        "API is down",
    ),
    # source: PagerDuty documentation, "V3 webhooks".
    "pagerduty's own webhook": Sent(
        {"event": {"id": "01D", "event_type": "incident.triggered", "resource_type": "incident", "occurred_at": "2025-11-24T16:00:00Z", "agent": {"summary": "Ana"}, "data": {"id": "PGR0VU2", "type": "incident", "html_url": "https://acme.pagerduty.example/incidents/PGR0VU2", "title": "Shop is down", "status": "triggered", "urgency": "high", "service": {"id": "PF9", "summary": "Shop"}}}},
        {"event": {"id": "01E", "event_type": "incident.resolved", "data": {"status": "resolved"}}},
        "Shop is down", "high", "Shop", url="https://acme.pagerduty.example/incidents/PGR0VU2",
    ),
    # source: Opsgenie documentation, "Webhook integration".
    "opsgenie's own webhook": Sent(
        {"action": "Create", "alert": {"alertId": "8c1", "message": "Queue grows", "alias": "queue/1", "priority": "P2", "tags": ["env:prod"], "entity": "orders", "tinyId": "7", "createdAt": 1764000000000, "username": "ana"}, "source": {"name": "", "type": "API"}},
        {"action": "Close"},
        "Queue grows", "P2", "orders",
    ),
    # source: Slack documentation, "Incoming webhooks" with attachments, as monitors send it.
    "slack attachment": Sent(
        {"text": "", "attachments": [{"fallback": "Disk full on db-1", "color": "danger", "title": "[FIRING] Disk full on db-1", "title_link": "https://mon.example/1", "text": "/var has 1 % left"}]},
        {"attachments": [{"color": "good", "title": "[RESOLVED] Disk full on db-1", "text": "/var has 40 % left"}]},
        "[FIRING] Disk full on db-1", url="https://mon.example/1",
    ),
    "slack text": Sent(
        {"text": "PROBLEM: Disk full on db-1"},
        {"text": "RECOVERY: Disk full on db-1"},
        "PROBLEM: Disk full on db-1",
    ),
    # source: Atlassian documentation, "Jira webhooks".
    "jira": Sent(
        {"timestamp": 1764000000000, "webhookEvent": "jira:issue_created", "issue": {"id": "10002", "key": "OPS-7", "self": "https://jira.example/rest/api/2/issue/10002", "fields": {"summary": "Payments are stuck", "priority": {"name": "High"}, "status": {"name": "Open"}}}},
        {"webhookEvent": "jira:issue_updated", "issue": {"fields": {"status": {"name": "Done"}}}},
        "Payments are stuck",
    ),
    # source: GitHub documentation, "Webhook events: workflow_run".
    "github actions": Sent(
        {"action": "completed", "workflow_run": {"id": 30433642, "name": "Deploy", "head_branch": "main", "run_number": 562, "status": "completed", "conclusion": "failure", "workflow_id": 159038, "html_url": "https://github.example/acme/shop/actions/runs/30433642", "run_started_at": "2025-11-24T16:00:00Z", "display_title": "Raise the limit"}, "workflow": {"id": 159038, "name": "Deploy"}, "repository": {"full_name": "acme/shop"}},
        {"workflow_run": {"id": 30433700, "conclusion": "success", "run_number": 563}},
        "Deploy", url="https://github.example/acme/shop/actions/runs/30433642",
    ),
    # source: GitLab documentation, "Pipeline events".
    "gitlab pipeline": Sent(
        {"object_kind": "pipeline", "object_attributes": {"id": 31, "name": "Deploy of main", "ref": "main", "status": "failed", "detailed_status": "failed", "created_at": "2025-11-24 16:00:00 UTC", "url": "https://gitlab.example/p/31"}, "project": {"name": "shop"}},
        {"object_attributes": {"status": "success", "detailed_status": "passed"}},
        "Deploy of main", url="https://gitlab.example/p/31",
    ),
    # source: Rollbar documentation, "Webhooks".
    "rollbar": Sent(
        {"event_name": "new_item", "data": {"url": "https://rollbar.example/item/1", "item": {"id": 272, "title": "TypeError: x is undefined", "level": 40, "status": 1, "environment": "production"}}},
        {"event_name": "resolved_item"},
        "TypeError: x is undefined", url="https://rollbar.example/item/1",
    ),
    # source: Statuspage documentation, "Webhook notifications".
    "statuspage": Sent(
        {"meta": {"unsubscribe": "x"}, "page": {"id": "pg", "status_indicator": "major"}, "incident": {"id": "inc-1", "name": "API errors", "status": "investigating", "impact": "major", "shortlink": "https://stspg.example/1", "created_at": "2025-11-24T16:00:00Z"}},
        {"incident": {"status": "resolved"}},
        "API errors",
    ),
    # source: Amazon CloudWatch User Guide, "Alarm events and EventBridge".
    "eventbridge cloudwatch": Sent(
        {"version": "0", "id": "e-1", "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch", "account": "111", "time": "2025-11-24T16:00:00Z", "region": "eu-west-1", "resources": ["arn:aws:cloudwatch:eu-west-1:111:alarm:cpu"], "detail": {"alarmName": "cpu", "state": {"value": "ALARM", "reason": "over 90", "timestamp": "2025-11-24T16:00:00.000+0000"}, "previousState": {"value": "OK"}}},
        {"id": "e-2", "detail": {"state": {"value": "OK", "reason": "under 90"}, "previousState": {"value": "ALARM"}}},
        "cpu: over 90", starts_at="2025-11-24T16:00:00+00:00",
    ),
    # source: AWS Health User Guide, "Health events in EventBridge".
    "eventbridge health": Sent(
        {"version": "0", "id": "e-3", "detail-type": "AWS Health Event", "source": "aws.health", "account": "111", "time": "2025-11-24T16:00:00Z", "region": "eu-west-1", "resources": [], "detail": {"eventArn": "arn:aws:health:eu-west-1::event/EC2/1", "service": "EC2", "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE", "eventTypeCategory": "issue", "statusCode": "open", "startTime": "Mon, 24 Nov 2025 16:00:00 GMT", "eventDescription": [{"language": "en_US", "latestDescription": "We see errors"}]}},
        {"id": "e-4", "detail": {"statusCode": "closed"}},
        "AWS Health Event", service="EC2",
    ),
    # source: Prometheus documentation, "Alerting rules": one alert alone, as scripts post it.
    "prometheus alert": Sent(
        {"labels": {"alertname": "DiskFull", "instance": "db-1", "severity": "page"}, "annotations": {"summary": "no room"}, "startsAt": "2025-11-24T16:00:00Z", "status": "firing"},
        {"status": "resolved", "endsAt": "2025-11-24T16:30:00Z"},
        "DiskFull: no room", "page", starts_at="2025-11-24T16:00:00+00:00",
    ),
    # source: Amazon EventBridge, "Events from AWS services": GuardDuty.
    "eventbridge guardduty": Sent(
        {"version": "0", "id": "e-9", "detail-type": "GuardDuty Finding", "source": "aws.guardduty", "account": "111", "time": "2025-11-24T16:00:00Z", "region": "eu-west-1", "detail": {"id": "f-1", "title": "Credentials used from another account", "severity": 8, "type": "UnauthorizedAccess"}},
        None,
        "Credentials used from another account", "8",
    ),
}  # fmt: skip

ALL: dict[str, Sent] = {**MONITORING, **TOOLS}
