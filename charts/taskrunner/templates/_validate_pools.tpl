{{- define "taskrunner.validate.pools" -}}
{{- $served := dict }}
{{- $orders := list }}
{{- range $pool, $settings := include "taskrunner.pools" . | fromJson }}
{{- range $queue := $settings.queues }}
{{- $_ := set $served (toString $queue) true }}
{{- $sentence := "workers.%s.queues names %q, which is not in queues: add it there, or correct the name." }}
{{- include "taskrunner.mistakes" (dict (printf $sentence $pool $queue) (not (has $queue $.Values.queues))) }}
{{- end }}
{{- $orders = append $orders $settings.queueOrder }}
{{- $weights := (get $.Values.workers $pool | default dict).queueWeights }}
{{- range $queue, $weight := $weights }}
{{- $sentence := "workers.%s.queueWeights weighs %q, which the pool does not serve: add it to its queues, or remove the weight." }}
{{- include "taskrunner.mistakes" (dict (printf $sentence $pool $queue) (and $weight (not (has $queue $settings.queues)))) }}
{{- end }}
{{- $grace := int $settings.terminationGracePeriodSeconds }}
{{- $update := $settings.strategy.rollingUpdate | default dict }}
{{- $zero := list "0" "0%" }}
{{- include "taskrunner.mistakes" (dict
  (printf "workers.%s.queueWeights is set, but the pool's queueOrder is %s: set it to weighted, or remove the weights." $pool $settings.queueOrder) (and $weights (ne $settings.queueOrder "weighted"))
  (printf "Pool %q: worker.terminationGracePeriodSeconds (%d) must be at least %d, for a drain of %d and what comes before and after it: set it to null, or worker.drainSeconds lower, or tasks are killed while they drain." $pool $grace (int $settings.needed) (int $settings.drainSeconds))
  (lt $grace (int $settings.needed))
  (printf "Pool %q: worker.strategy.rollingUpdate.maxSurge and maxUnavailable are both 0: no pod could ever be replaced." $pool)
  (and (eq $settings.strategy.type "RollingUpdate") (has (toString $update.maxSurge) $zero) (has (toString $update.maxUnavailable) $zero))) }}
{{- $budget := dict "key" "worker" "budget" $settings.podDisruptionBudget "least" $settings.least "most" $settings.most }}
{{- with include "taskrunner.validate.budget" $budget }}
Pool {{ quote $pool }}: {{ . }}
{{- end }}
{{- include "taskrunner.validate.autoscaling" (dict "root" $ "pool" $pool "settings" $settings) }}
{{- end }}
{{- range $queue, $weight := .Values.worker.queueWeights }}
{{- $sentence := "worker.queueWeights weighs %q, which is not in queues: add it there, or remove the weight." }}
{{- include "taskrunner.mistakes" (dict (printf $sentence $queue) (and $weight (not (has $queue $.Values.queues)))) }}
{{- end }}
{{- include "taskrunner.mistakes" (dict
  "worker.queueWeights is set, but no pool's queueOrder is weighted: set worker.queueOrder to weighted, or remove the weights." (and .Values.worker.queueWeights (not (has "weighted" $orders)))) }}
{{- $unserved := list }}
{{- range $queue := .Values.queues }}
{{- if not (hasKey $served (toString $queue)) }}{{ $unserved = append $unserved $queue }}{{ end }}
{{- end }}
{{- include "taskrunner.mistakes" (dict (printf "No pool of workers serves %s of queues: add them to workers.<pool>.queues, or, when another release serves them, put them from queues to externalQueues."
  (join ", " $unserved)) $unserved) }}
{{- range .Values.externalQueues }}
{{- $sentence := printf "externalQueues names %q, which is in queues, too: remove it from one of them." . }}
{{- include "taskrunner.mistakes" (dict $sentence (has . $.Values.queues)) }}
{{- end }}
{{- end }}

{{/* What keeps a pool's autoscaler from working. */}}
{{- define "taskrunner.validate.autoscaling" -}}
{{- $scaling := .settings.autoscaling }}
{{- $at := printf "Pool %q: worker.autoscaling" .pool }}
{{- $keda := eq $scaling.type "keda" }}
{{- $metric := or $scaling.hpa.externalMetric $scaling.hpa.metrics $scaling.hpa.cpu $scaling.hpa.memory }}
{{- include "taskrunner.mistakes" (dict
  (printf "%s.minReplicas (%d) is more than maxReplicas (%d)." $at (int .settings.least) (int .settings.most)) (and .settings.scaled (gt (int .settings.least) (int .settings.most)))
  (printf "%s.minReplicas is 0, but a HorizontalPodAutoscaler keeps at least one pod: set it to 1, or type to keda." $at) (and (eq $scaling.type "hpa") (lt (int .settings.least) 1))
  (printf "%s.keda.idleReplicaCount (%d) must be less than minReplicas (%d)." $at (int $scaling.keda.idleReplicaCount) (int .settings.least))
  (and $keda (not (kindIs "invalid" $scaling.keda.idleReplicaCount)) (ge (int $scaling.keda.idleReplicaCount) (int .settings.least)))
  (printf "%s.keda.trigger is redis, but KEDA takes one authority for the broker: put all into one file, or set trigger to prometheus." $at)
  (and $keda (eq $scaling.keda.trigger "redis") (gt (include "taskrunner.authorities" (dict "root" .root "store" "broker") | fromJsonArray | len) 1))
  (printf "%s.hpa has no metric: set cpu, memory, externalMetric or metrics." $at) (and (eq $scaling.type "hpa") (not $metric))
  (printf "%s.keda.trigger is prometheus: set prometheusAddress." $at) (and $keda (eq $scaling.keda.trigger "prometheus") (not $scaling.keda.prometheusAddress))
  (printf "%s.keda has no trigger: set trigger to redis or prometheus, or add to triggers." $at) (and $keda (eq $scaling.keda.trigger "none") (not $scaling.keda.triggers))
  (printf "%s.keda counts tasks with beat, and %s: set trigger to none and add triggers of your own, or let beat run." $at (.root.Values.beat.enabled | ternary "beat.replicas is 0" "beat.enabled is false"))
  (and $keda (ne $scaling.keda.trigger "none") (not (include "taskrunner.hasBeat" .root)))
  (printf "%s.keda has triggers of cpu and memory only, which cannot wake a pool without pods: set minReplicas to 1, or add another trigger." $at)
  (and $keda (eq $scaling.keda.trigger "none") $scaling.keda.triggers (lt (int .settings.least) 1) (not (regexMatch "\"type\":\"([^cm]|c[^p]|m[^e])" (toJson $scaling.keda.triggers))))
  (printf "%s.keda.fallbackReplicas (%d) is more than maxReplicas (%d)." $at (int $scaling.keda.fallbackReplicas) (int .settings.most)) (and $keda (gt (int $scaling.keda.fallbackReplicas) (int .settings.most)))
  (printf "%s.keda.trigger is redis, but only a Secret knows where the broker is: set broker.host and a password, or trigger to prometheus." $at)
  (and $keda (eq $scaling.keda.trigger "redis") (not (include "taskrunner.broker.url" .root)))
  (printf "%s.keda.trigger is redis, but KEDA cannot read the files that ssl_ options of broker.url name: set broker.host and broker.tls, or trigger to prometheus." $at)
  (and $keda (eq $scaling.keda.trigger "redis") (regexMatch "[?&]ssl_(ca_certs|certfile|keyfile)=" (include "taskrunner.broker.url" .root)))) }}
{{- if $keda }}{{ include "taskrunner.validate.triggers" . }}{{ end }}
{{- range $resource := eq $scaling.type "hpa" | ternary (list "cpu" "memory") list }}
{{- range ternary (concat ($.settings.extraContainers | default list) ($.settings.initContainers | default list)) list (not (empty (get $scaling.hpa $resource))) }}
{{- $lasting := or (has . ($.settings.extraContainers | default list)) (eq (get . "restartPolicy" | default "") "Always") }}
{{- include "taskrunner.mistakes" (dict (printf "%s.hpa.%s is a share of what all containers request, and the container %q requests none: set its resources.requests.%s, or hpa.%s to null." $at $resource .name $resource $resource)
  (and $lasting (not (dig "resources" "requests" $resource (dig "resources" "limits" $resource "" .) .)))) }}
{{- end }}
{{- include "taskrunner.mistakes" (dict (printf "%s.hpa.%s is a share of a request that is not there: set worker.resources.requests.%s, or %s to null." $at $resource $resource $resource)
  (and (get $scaling.hpa $resource) (empty (get (($.settings.resources | default dict).requests | default dict) $resource)))) }}
{{- end }}
{{- end }}

{{/* A budget that would let no pod be evicted; .least is how many there may be, and a budget for one is never made. */}}
{{- define "taskrunner.validate.budget" -}}
{{- $budget := .budget }}
{{- if and $budget.enabled (gt (int .most) 1) }}
{{- $least := $budget.minAvailable }}
{{- $pods := max 1 (int .least) }}
{{- $share := div (add (mul (toString $least | trimSuffix "%" | int) $pods) 99) 100 }}
{{- $must := kindIs "string" $least | ternary $share (int $least) | int }}
{{- if and (kindIs "invalid" $least) (kindIs "invalid" $budget.maxUnavailable) }}
{{- .key }}.podDisruptionBudget has neither minAvailable nor maxUnavailable: set one of them, or enabled to false.
{{- else if and (kindIs "invalid" $least) (has (toString $budget.maxUnavailable) (list "0" "0%")) }}
{{- .key }}.podDisruptionBudget.maxUnavailable is {{ $budget.maxUnavailable }}: no node with such a pod could be drained. Set it to 1 or more.
{{- else if and (not (kindIs "invalid" $least)) (ge $must (int $pods)) }}
{{- .key }}.podDisruptionBudget.minAvailable is {{ $least }} of {{ $pods }} pods: no node with such a pod could be drained. Set it lower, or maxUnavailable in its place.
{{- end }}{{ end }}
{{- end }}
