{{/* The ports at which a store is reached, as a list: those of each host of its address, else .port. */}}
{{- define "taskrunner.network.ports" -}}
{{- $hosts := regexReplaceAll "^[^:]*://(.*@)?" (regexFind "^[^:]*://(.*@)?[^/?]*" .url) "" }}
{{- $named := regexFind "[?&]port=[0-9,]+" .url | splitList "=" | last | splitList "," | compact }}
{{- range and (empty $hosts) (not (empty $named)) | ternary list (splitList "," $hosts) }}
{{- $named = append $named (regexFind ":[0-9]+$" . | trimPrefix ":" | default (toString (int $.port))) }}
{{- end }}
{{- uniq $named | toJson }}
{{- end }}

{{/* One rule that lets .peers through at TCP .ports; any peer when there are none. */}}
{{- define "taskrunner.network.rule" -}}
- ports:
    {{- range $protocol, $ports := dict "TCP" .ports "UDP" .udp }}
    {{- range $ports }}
    - {port: {{ int . }}, protocol: {{ $protocol }}}
    {{- end }}{{ end }}
  {{- include "taskrunner.filledPart" (list .root .direction .peers 2) }}
{{- end }}

{{/* The ways out of a pod of the program: DNS (OpenShift's listens on 5353), the stores, the collector, the API server for those that talk to it. */}}
{{- define "taskrunner.network.egress" -}}
{{- include "taskrunner.given" .root }}
{{- $values := .root.Values }}
{{- $to := $values.networkPolicy.to }}
{{- $dns := list 53 5353 }}
{{- include "taskrunner.network.rule" (dict "root" .root "direction" "to" "peers" $to.dns "ports" $dns "udp" $dns) }}
{{- range $store, $bundle := dict "broker" "redis" "database" "postgresql" }}
{{- $bundled := get (get $values $bundle) "enabled" }}
{{- $given := get $values $store }}
{{- $labels := include "taskrunner.selectorLabels" (dict "root" $.root "component" $bundle) | fromYaml }}
{{- $peers := $bundled | ternary (list (dict "podSelector" (dict "matchLabels" $labels))) (get $to $store) }}
{{- $url := include (printf "taskrunner.%s.url" $store) $.root | default $given.url }}
{{- $ports := include "taskrunner.network.ports" (dict "url" $url "port" $given.port) | fromJsonArray }}
{{- with and (eq $store "database") (eq $.component "migrate") | ternary $values.migrate.database.url "" }}
{{- $ports = concat $ports (include "taskrunner.network.ports" (dict "url" . "port" $given.port) | fromJsonArray) }}
{{- end }}
{{- range dig "sentinel" "addresses" list $given }}{{ $ports = append $ports (regexFind "[0-9]+$" .) }}{{ end }}
{{ include "taskrunner.network.rule" (dict "root" $.root "direction" "to" "peers" $peers "ports" (uniq $ports)) }}
{{- end }}
{{- with $values.config.otlp.endpoint }}
{{- $ports := include "taskrunner.network.ports" (dict "url" . "port" (hasPrefix "https:" . | ternary 443 80)) | fromJsonArray }}
{{ include "taskrunner.network.rule" (dict "root" $.root "direction" "to" "peers" $to.otlp "ports" $ports) }}
{{- end }}
{{- if and (eq .component "worker") (include "taskrunner.anyPool" (list .root "podDeletionCost")) }}
{{ include "taskrunner.network.rule" (dict "root" .root "direction" "to" "peers" $to.apiServer "ports" (list 443 6443)) }}
{{- end }}
{{- with concat $values.networkPolicy.extraEgress (eq .component "worker" | ternary $values.networkPolicy.egress list) }}
{{ include "taskrunner.tpl" (list $.root .) }}
{{- end }}
{{- end }}

{{/* The policy of a component that is installed; what it does not list is refused. The program comes to a bundled store, which has a .port, and nothing goes
out of that; scrapers come to what answers them. */}}
{{- define "taskrunner.networkPolicy" -}}
{{- $policy := .root.Values.networkPolicy }}
{{- if and $policy.enabled (or (eq .component "worker") (get .root.Values .component).enabled) }}
{{- $labels := include "taskrunner.selectorLabels" (pick . "root" "component") }}
{{- $peers := has .component (list "worker" "beat") | ternary $policy.metricsFrom list }}
{{- if .port }}
{{- $program := dict "key" "app.kubernetes.io/component" "operator" "In" "values" (list "worker" "beat" "migrate" "test") }}
{{- $program = dict "matchLabels" (omit (fromYaml $labels) "app.kubernetes.io/component") "matchExpressions" (list $program) }}
{{- $peers = prepend $policy.storesFrom (dict "podSelector" $program) }}
{{- end }}
{{- $from := dict "root" .root "direction" "from" "peers" $peers "ports" (list (.port | default .root.Values.config.httpPort)) }}
{{- $ingress := empty $peers | ternary list (list (include "taskrunner.network.rule" $from)) }}
{{- with has .component (list "worker" "beat") | ternary $policy.extraIngress list }}
{{- $ingress = append $ingress (include "taskrunner.tpl" (list $.root .)) }}
{{- end }}
{{ include "taskrunner.head" (merge (dict "api" "networking.k8s.io/v1" "kind" "NetworkPolicy" "suffix" .component) .) }}
spec:
  podSelector:
    matchLabels:
      {{- $labels | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- include "taskrunner.part" (list "ingress" (join "\n" $ingress) 2) }}
  {{- if not .port }}
  {{- include "taskrunner.part" (list "egress" (include "taskrunner.network.egress" .) 2) }}
  {{- end }}
{{- end }}
{{- end }}
