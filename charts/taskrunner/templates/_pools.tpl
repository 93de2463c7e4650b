{{/* Every pool of workers with its settings, by name, and with what follows from them: .name of its objects, .queues it serves, the grace that is
.needed by its pods, .least and .most of them, the .tasksPerPod that wait or run, whether beat has to keep .counted lists for its autoscaler, and
whether KEDA gets one .composed number by a formula: it adds up lists only so. Made once: many objects ask for it. */}}
{{- define "taskrunner.pools" -}}
{{- if not (hasKey .Values "computed pools") }}
{{- $pools := dict }}
{{- range $pool, $overrides := .Values.workers }}
{{- $settings := include "taskrunner.settings" (dict "root" $ "component" "worker" "pool" $pool) | fromJson }}
{{- if and $settings.enabled (not (kindIs "invalid" $overrides)) }}
{{- $_ := set $settings "name" (include "taskrunner.named" (list $ (printf "worker-%s" $pool))) }}
{{- $_ := set $settings "namesNone" (empty $settings.queues) }}
{{- $_ := set $settings "queues" ($settings.queues | default $.Values.queues) }}
{{- $scaling := $settings.autoscaling }}
{{- $_ := set $settings "scaled" (ne $scaling.type "none") }}
{{- $_ := set $settings "least" ($settings.scaled | ternary $scaling.minReplicas $settings.replicas | int) }}
{{- $_ := set $settings "most" ($settings.scaled | ternary $scaling.maxReplicas $settings.replicas | int) }}
{{- $_ := set $settings "tasksPerPod" ($scaling.tasksPerPod | default $settings.concurrency | int | toString) }}
{{- $byRedis := eq $scaling.keda.trigger "redis" }}
{{- $_ := set $settings "counted" (and $byRedis (eq $scaling.type "keda")) }}
{{- $_ := set $settings "composed" (and $byRedis (gt (len $settings.queues) 1)) }}
{{- /* Its drain, 10 s in which tasks are cancelled, put back and their results written, and a sleep before all that. */}}
{{- $sleep := dig "preStop" "sleep" "seconds" 0 ($settings.lifecycle | default dict) }}
{{- $_ := set $settings "needed" (add (int $settings.drainSeconds) 10 $sleep) }}
{{- $grace := kindIs "invalid" $settings.terminationGracePeriodSeconds | ternary $settings.needed $settings.terminationGracePeriodSeconds }}
{{- $_ := set $settings "terminationGracePeriodSeconds" $grace }}
{{- $_ := set $pools $pool $settings }}
{{- end }}{{ end }}
{{- $_ := set .Values "computed pools" (toJson $pools) }}{{ end }}{{ get .Values "computed pools" }}
{{- end }}

{{/* Every kind of pod that is installed: its .component, .pool and .settings, and what it is called .of. */}}
{{- define "taskrunner.pods" -}}
{{- if not (hasKey $.Values "computed pods") }}{{ $pods := list }}
{{- range $pool, $settings := include "taskrunner.pools" . | fromJson }}{{ $pods = append $pods (dict "component" "worker" "pool" $pool "of" (printf "Pool %q" $pool) "settings" $settings) }}{{ end }}
{{- range $component := list "beat" "migrate" "test" "redis" "postgresql" }}
{{- if (get $.Values $component).enabled }}
{{- $settings := include "taskrunner.settings" (dict "root" $ "component" $component) | fromJson }}
{{- $pods = append $pods (dict "component" $component "of" $component "settings" $settings) }}
{{- end }}{{ end }}
{{- $_ := set $.Values "computed pods" (toJson $pods) }}{{ end }}{{ get $.Values "computed pods" }}
{{- end }}

{{/* Whether a setting is true in any pool, by (list $ "setting"). */}}
{{- define "taskrunner.anyPool" -}}
{{- range $pool, $settings := include "taskrunner.pools" (first .) | fromJson }}
{{- if get $settings (last $) }}true{{ end }}
{{- end }}
{{- end }}

{{/* How an autoscaler moves. Up at once; down by at most half, or one pod, in the time that a pod needs to stop, and only for what was too many for that
long: so no more than that drains at a time. The bounds are those of Kubernetes. */}}
{{- define "taskrunner.pool.behavior" -}}
{{- $pace := max 15 .terminationGracePeriodSeconds | int }}
{{- $down := dict "stabilizationWindowSeconds" (min 3600 $pace) "selectPolicy" "Max" "policies" (list
  (dict "type" "Percent" "value" 50 "periodSeconds" (min 1800 $pace))
  (dict "type" "Pods" "value" 1 "periodSeconds" (min 1800 $pace))) }}
{{- $behavior := dict "scaleDown" $down }}
{{- include "taskrunner.overlay" (dict "into" $behavior "from" .autoscaling.behavior) }}
{{- toYaml $behavior }}
{{- end }}
