{{/* Keys that are gone, each with what takes its place. The schema lets them pass, so that this can be said. */}}
{{- define "taskrunner.validate.removed" -}}
{{- if hasKey .Values.metrics "annotations" }}
metrics.annotations was removed: set metrics.scrape to {{ .Values.metrics.annotations | ternary "annotations" "none" }}.
{{- end }}
{{- end }}

{{/* What the cluster holds of this release and these values would leave behind, or cannot change. Nothing is asked without a cluster. */}}
{{- define "taskrunner.validate.upgrade" -}}
{{- if and .Release.IsUpgrade .Values.upgradeGuard }}
{{- /* Who deploys a release that never had a bundled store need not be allowed to see StatefulSets. */}}
{{- $before := get (lookup "v1" "ConfigMap" (include "taskrunner.namespace" .) (include "taskrunner.named" (list . "config"))) "data" | default dict }}
{{- $had := contains (include "taskrunner.named" (list . "redis")) (get $before "TASKRUNNER_BROKER_URL" | default "") }}
{{- $had = or $had (contains (include "taskrunner.named" (list . "postgresql")) (get $before "TASKRUNNER_DATABASE_URL" | default "")) }}
{{- if or .Values.redis.enabled .Values.postgresql.enabled $had }}
{{- range (lookup "apps/v1" "StatefulSet" (include "taskrunner.namespace" .) "").items }}
{{- $labels := .metadata.labels | default dict }}
{{- $component := get $labels "app.kubernetes.io/component" }}
{{- if and (eq (get $labels "app.kubernetes.io/instance") $.Release.Name) (regexMatch (printf "^%s-[0-9]" $.Chart.Name) (get $labels "helm.sh/chart")) (has $component (list "redis" "postgresql")) }}
{{- $settings := get $.Values $component }}
{{- $name := include "taskrunner.named" (list $ $component) }}
{{- if not $settings.enabled }}
{{ $component }}.enabled is false, but this release keeps data in {{ .metadata.name }}: set it to true, or set upgradeGuard to false when that data may go.
{{- else if ne $name .metadata.name }}
The data of {{ .metadata.name }} would be left behind by {{ $name }}: set fullnameOverride to {{ trimSuffix (printf "-%s" $component) .metadata.name | quote }}, or set upgradeGuard to false when that data may go.
{{- else }}
{{- range .spec.volumeClaimTemplates }}
{{- $size := .spec.resources.requests.storage }}
{{- if ne $size $settings.persistence.size }}
{{ $component }}.persistence.size is {{ $settings.persistence.size }}, but the claim of {{ $name }} has {{ $size }} and a StatefulSet cannot change it: set it to {{ $size }}, or resize the claim and run `kubectl delete statefulset {{ $name }} --cascade=orphan` first.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
