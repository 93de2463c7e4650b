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
    {{- end }}
    {{- end }}
  {{- include "taskrunner.filledPart" (list .root .direction .peers 2) }}
{{- end }}

{{/* The ways out of a pod of the program: DNS (OpenShift's listens on 5353), the stores, the collector, the API server for those that talk to it. */}}
{{- define "taskrunner.network.egress" -}}
{{- include "taskrunner.given" .root }}
{{- $values := .root.Values }}
{{- $to := $values.networkPolicy.to }}
{{- include "taskrunner.network.rule" (dict "root" .root "direction" "to" "peers" $to.dns "ports" (list 53 5353) "udp" (list 53 5353)) }}
{{- range $store, $bundle := dict "broker" "redis" "database" "postgresql" }}
{{- $bundled := get (get $values $bundle) "enabled" }}
{{- $given := get $values $store }}
{{- $own := list (dict "podSelector" (dict "matchLabels" (include "taskrunner.selectorLabels" (dict "root" $.root "component" $bundle) | fromYaml))) }}
{{- $url := include (printf "taskrunner.%s.url" $store) $.root | default $given.url }}
{{- $ports := include "taskrunner.network.ports" (dict "url" $url "port" $given.port) | fromJsonArray }}
{{- with and (eq $store "database") (eq $.component "migrate") | ternary $values.migrate.database.url "" }}
{{- $ports = concat $ports (include "taskrunner.network.ports" (dict "url" . "port" $given.port) | fromJsonArray) }}
{{- end }}
{{- range dig "sentinel" "addresses" list $given }}{{ $ports = append $ports (regexFind "[0-9]+$" .) }}{{ end }}
{{ include "taskrunner.network.rule" (dict "root" $.root "direction" "to" "peers" ($bundled | ternary $own (get $to $store)) "ports" (uniq $ports)) }}
{{- end }}
{{- with $values.config.otlp.endpoint }}
{{ include "taskrunner.network.rule" (dict "root" $.root "direction" "to" "peers" $to.otlp "ports" (include "taskrunner.network.ports" (dict "url" . "port" (hasPrefix "https:" . | ternary 443 80)) | fromJsonArray)) }}
{{- end }}
{{- if and (eq .component "worker") (include "taskrunner.anyPool" (list .root "podDeletionCost")) }}
{{ include "taskrunner.network.rule" (dict "root" .root "direction" "to" "peers" $to.apiServer "ports" (list 443 6443)) }}
{{- end }}
{{- with concat $values.networkPolicy.extraEgress (eq .component "worker" | ternary $values.networkPolicy.egress list) }}
{{ include "taskrunner.tpl" (dict "root" $.root "value" .) }}
{{- end }}
{{- end }}

{{/* The policy of a component: .ingress and .egress are the rules, and what they do not list is refused. */}}
{{- define "taskrunner.networkPolicy" -}}
{{ include "taskrunner.head" (merge (dict "api" "networking.k8s.io/v1" "kind" "NetworkPolicy" "suffix" .component) .) }}
spec:
  podSelector:
    matchLabels:
      {{- include "taskrunner.selectorLabels" (pick . "root" "component") | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- include "taskrunner.part" (list "ingress" .ingress 2) }}
  {{- include "taskrunner.part" (list "egress" .egress 2) }}
{{- end }}

{{/* The policy of a component of the program that is installed; those that answer scrapes let scrapers in. */}}
{{- define "taskrunner.network.program" -}}
{{- if and .root.Values.networkPolicy.enabled (or (eq .component "worker") (get .root.Values .component).enabled) }}
{{- $ingress := list }}
{{- if has .component (list "worker" "beat") }}
{{- with .root.Values.networkPolicy.metricsFrom }}{{ $ingress = list (include "taskrunner.network.rule" (dict "root" $.root "direction" "from" "peers" . "ports" (list $.root.Values.config.httpPort))) }}{{ end }}
{{- with .root.Values.networkPolicy.extraIngress }}{{ $ingress = append $ingress (include "taskrunner.tpl" (dict "root" $.root "value" .)) }}{{ end }}
{{- end }}
{{- include "taskrunner.networkPolicy" (dict "root" .root "component" .component "ingress" (join "\n" $ingress) "egress" (include "taskrunner.network.egress" .)) }}
{{- end }}
{{- end }}

{{/* The policy of a bundled store: the program comes in, nothing goes out. */}}
{{- define "taskrunner.network.store" -}}
{{- if and .root.Values.networkPolicy.enabled (get .root.Values .component).enabled }}
{{- $labels := include "taskrunner.selectorLabels" (dict "root" .root "component" .component) | fromYaml }}
{{- $expression := dict "key" "app.kubernetes.io/component" "operator" "In" "values" (list "worker" "beat" "migrate" "test") }}
{{- $program := dict "podSelector" (dict "matchLabels" (omit $labels "app.kubernetes.io/component") "matchExpressions" (list $expression)) }}
{{- $peers := prepend .root.Values.networkPolicy.storesFrom $program }}
{{- $rule := include "taskrunner.network.rule" (dict "root" .root "direction" "from" "peers" $peers "ports" (list .port)) }}
{{- include "taskrunner.networkPolicy" (dict "root" .root "component" .component "ingress" $rule "egress" "") }}
{{- end }}
{{- end }}
