{{- define "taskrunner.validate.pools" -}}
{{- $unserved := .Values.queues }}
{{- $orders := list }}
{{- range $pool, $settings := include "taskrunner.pools" . | fromJson }}
{{- range $queue := $settings.queues }}
{{- $unserved = without $unserved $queue }}
{{- include "taskrunner.sentences" (list $ (list "pool.queue" (not (has $queue $.Values.queues)) $pool $queue)) }}
{{- end }}
{{- $order := $settings.queueOrder }}
{{- $orders = append $orders $order }}
{{- $weights := (get $.Values.workers $pool | default dict).queueWeights }}
{{- range $queue, $weight := $weights }}
{{- include "taskrunner.sentences" (list $ (list "pool.weight" (and $weight (not (has $queue $settings.queues))) $pool $queue)) }}
{{- end }}
{{- $grace := int $settings.terminationGracePeriodSeconds }}{{ $needed := int $settings.needed }}
{{- $update := $settings.strategy.rollingUpdate | default dict }}
{{- $stuck := and (has (toString $update.maxSurge) (list "0" "0%")) (has (toString $update.maxUnavailable) (list "0" "0%")) }}
{{- include "taskrunner.sentences" (list $ (list "pool.weights" (and $weights (ne $order "weighted")) $pool $order)
  (list "pool.grace" (lt $grace $needed) $pool $grace $needed (int $settings.drainSeconds))
  (list "pool.strategy" (and (eq $settings.strategy.type "RollingUpdate") $stuck) $pool)) }}
{{- $budget := dict "budget" $settings.podDisruptionBudget "least" $settings.least "most" $settings.most }}
{{- include "taskrunner.validate.budget" (merge (dict "root" $ "at" (printf "Pool %q: worker" $pool)) $budget) }}
{{- include "taskrunner.validate.autoscaling" (dict "root" $ "pool" $pool "settings" $settings) }}
{{- end }}
{{- range $queue, $weight := .Values.worker.queueWeights }}
{{- include "taskrunner.sentences" (list $ (list "worker.weight" (and $weight (not (has $queue $.Values.queues))) $queue)) }}
{{- end }}
{{- include "taskrunner.sentences" (list . (list "worker.weights" (and .Values.worker.queueWeights (not (has "weighted" $orders))))
  (list "queues.unserved" $unserved (join ", " $unserved))) }}
{{- range .Values.externalQueues }}{{ include "taskrunner.sentences" (list $ (list "queues.external" (has . $.Values.queues) .)) }}{{ end }}
{{- end }}

{{/* What keeps a pool's autoscaler from working. */}}
{{- define "taskrunner.validate.autoscaling" -}}
{{- $settings := .settings }}
{{- $scaling := $settings.autoscaling }}
{{- $hpa := $scaling.hpa }}{{ $isHpa := eq $scaling.type "hpa" }}
{{- $keda := $scaling.keda }}{{ $isKeda := eq $scaling.type "keda" }}
{{- $at := printf "Pool %q: worker.autoscaling" .pool }}
{{- $least := int $settings.least }}{{ $most := int $settings.most }}
{{- $idle := $keda.idleReplicaCount }}
{{- $byRedis := and $isKeda (eq $keda.trigger "redis") }}
{{- $byPrometheus := and $isKeda (eq $keda.trigger "prometheus") }}
{{- $byOthers := and $isKeda (eq $keda.trigger "none") }}
{{- $authorities := include "taskrunner.authorities" (dict "root" .root "store" "broker") | fromJsonArray }}
{{- $url := include "taskrunner.broker.url" .root }}
{{- $noBeat := .root.Values.beat.enabled | ternary "beat.replicas is 0" "beat.enabled is false" }}
{{- $counts := and $isKeda (not (or $byOthers (include "taskrunner.hasBeat" .root))) }}
{{- $asleep := not (regexMatch "\"type\":\"([^cm]|c[^p]|m[^e])" (toJson $keda.triggers)) }}
{{- include "taskrunner.sentences" (list .root (list "scaling.bounds" (and $settings.scaled (gt $least $most)) $at $least $most)
  (list "scaling.hpa.zero" (and $isHpa (lt $least 1)) $at)
  (list "scaling.hpa.metric" (and $isHpa (not (or $hpa.externalMetric $hpa.metrics $hpa.cpu $hpa.memory))) $at)
  (list "scaling.keda.idle" (and $isKeda (not (kindIs "invalid" $idle)) (ge (int $idle) $least)) $at (int $idle) $least)
  (list "scaling.keda.authorities" (and $byRedis (gt (len $authorities) 1)) $at)
  (list "scaling.keda.address" (and $byPrometheus (not $keda.prometheusAddress)) $at)
  (list "scaling.keda.none" (and $byOthers (not $keda.triggers)) $at)
  (list "scaling.keda.beat" $counts $at $noBeat)
  (list "scaling.keda.waking" (and $byOthers $keda.triggers (lt $least 1) $asleep) $at)
  (list "scaling.keda.fallback" (and $isKeda (gt (int $keda.fallbackReplicas) $most)) $at (int $keda.fallbackReplicas) $most)
  (list "scaling.keda.secret" (and $byRedis (not $url)) $at)
  (list "scaling.keda.files" (and $byRedis (regexMatch "[?&]ssl_(ca_certs|certfile|keyfile)=" $url)) $at)) }}
{{- if $isKeda }}{{ include "taskrunner.validate.triggers" . }}{{ end }}
{{- range $resource := $isHpa | ternary (list "cpu" "memory") list }}
{{- $isUsed := not (empty (get $hpa $resource)) }}
{{- $sidecars := $settings.extraContainers | default list }}
{{- range $isUsed | ternary (concat $sidecars ($settings.initContainers | default list)) list }}
{{- $lasting := or (has . $sidecars) (eq (get . "restartPolicy" | default "") "Always") }}
{{- $lacking := and $lasting (not (dig "resources" "requests" $resource (dig "resources" "limits" $resource "" .) .)) }}
{{- include "taskrunner.sentences" (list $.root (list "scaling.hpa.requests" $lacking $at $resource .name)) }}
{{- end }}
{{- $asked := get (($settings.resources | default dict).requests | default dict) $resource }}
{{- include "taskrunner.sentences" (list $.root (list "scaling.hpa.request" (and $isUsed (empty $asked)) $at $resource)) }}
{{- end }}
{{- end }}

{{/* A budget that would let no pod be evicted; .least is how many there may be, and a budget for one is never made. .at is whose it is. */}}
{{- define "taskrunner.validate.budget" -}}
{{- $budget := .budget }}
{{- if and $budget.enabled (gt (int .most) 1) }}
{{- $least := $budget.minAvailable }}{{ $isNone := kindIs "invalid" $least }}
{{- $lost := $budget.maxUnavailable }}
{{- $pods := max 1 (int .least) }}
{{- $share := div (add (mul (toString $least | trimSuffix "%" | int) $pods) 99) 100 }}
{{- $must := kindIs "string" $least | ternary $share (int $least) | int }}
{{- include "taskrunner.sentences" (list .root (list "budget.neither" (and $isNone (kindIs "invalid" $lost)) .at)
  (list "budget.maxUnavailable" (and $isNone (has (toString $lost) (list "0" "0%"))) .at $lost)
  (list "budget.minAvailable" (not (or $isNone (lt $must (int $pods)))) .at $least $pods)) }}
{{- end }}
{{- end }}
