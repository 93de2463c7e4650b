{{/* The part of a pod's spec that has nothing to do with its containers: identity, hardening, placement. */}}
{{- define "taskrunner.podBase" -}}
{{- $root := .root }}
{{- $settings := .settings -}}
serviceAccountName: {{ $settings.account | quote }}
automountServiceAccountToken: {{ $settings.automountServiceAccountToken }}
enableServiceLinks: false
{{- $pullSecrets := list }}
{{- range concat $root.Values.global.imagePullSecrets $root.Values.imagePullSecrets }}{{ $pullSecrets = append $pullSecrets (kindIs "map" . | ternary . (dict "name" .)) }}{{ end }}
{{- include "taskrunner.part" (list "imagePullSecrets" (include "taskrunner.unique" (list $root $pullSecrets) | fromJsonArray | toYaml)) }}
{{- include "taskrunner.part" (list "securityContext" (include "taskrunner.context" (list $root $settings.podSecurityContext))) }}
terminationGracePeriodSeconds: {{ $settings.terminationGracePeriodSeconds | int }}
{{- range $key := list "priorityClassName" "runtimeClassName" "schedulerName" "dnsPolicy" }}
{{- with get $settings $key }}
{{ $key }}: {{ include "taskrunner.tpl" (list $root .) | quote }}
{{- end }}{{ end }}
{{- range $key, $is := pick $settings "hostUsers" "shareProcessNamespace" }}
{{ $key }}: {{ $is }}
{{- end }}
{{- range $key := list "dnsConfig" "hostAliases" "nodeSelector" "resourceClaims" }}
{{- include "taskrunner.filledPart" (list $root $key (get $settings $key)) }}
{{- end }}
{{- include "taskrunner.part" (list "tolerations" (include "taskrunner.tolerations" .)) }}
{{- include "taskrunner.part" (list "affinity" (include "taskrunner.affinity" .)) }}
{{- include "taskrunner.part" (list "topologySpreadConstraints" (include "taskrunner.spread" .)) }}
{{- end }}

{{/* The topology spread constraints given, over the pods of the same kind where they select none. */}}
{{- define "taskrunner.spread" -}}
{{- $own := dict "labelSelector" (dict "matchLabels" (include "taskrunner.selectorLabels" . | fromYaml)) }}
{{- $constraints := list }}
{{- range include "taskrunner.tpl" (list .root .settings.topologySpreadConstraints) | fromYamlArray }}
{{- $constraints = append $constraints (merge . (hasKey . "labelSelector" | ternary dict $own)) }}
{{- end }}
{{- toYaml $constraints }}
{{- end }}

{{/* The tolerations given, and short ones for lost nodes where none is given for them. A store is better waited for than started twice. */}}
{{- define "taskrunner.tolerations" -}}
{{- $tolerations := include "taskrunner.tpl" (list .root .settings.tolerations) | fromYamlArray }}
{{- if and (has .component (list "worker" "beat" "migrate")) (not (kindIs "invalid" .settings.lostNodeSeconds)) }}
{{- range $key := list "node.kubernetes.io/not-ready" "node.kubernetes.io/unreachable" }}
{{- $given := false }}
{{- range $tolerations }}{{ $given = or $given (and (eq (get . "key" | default $key) $key) (eq (get . "effect" | default "NoExecute") "NoExecute")) }}{{ end }}
{{- $ours := dict "key" $key "operator" "Exists" "effect" "NoExecute" "tolerationSeconds" (int $.settings.lostNodeSeconds) }}
{{- $tolerations = $given | ternary $tolerations (append $tolerations $ours) }}
{{- end }}{{ end }}
{{- toYaml $tolerations }}
{{- end }}

{{/* A security context of (list $ context) as it is, or without users and groups where the platform gives them. */}}
{{- define "taskrunner.context" -}}
{{- $root := first . }}{{ $mode := $root.Values.openshift }}
{{- $isOpenShift := or (eq $mode "always") (and (eq $mode "auto") ($root.Capabilities.APIVersions.Has "security.openshift.io/v1")) }}
{{- $context := $isOpenShift | ternary (omit (last .) "runAsUser" "runAsGroup" "fsGroup") (last .) }}
{{- include "taskrunner.tpl" (list $root $context) }}
{{- end }}

{{/* The affinity given, with the preset against pods of the same kind on one node where no such rule is given. */}}
{{- define "taskrunner.affinity" -}}
{{- $affinity := include "taskrunner.tpl" (list .root .settings.affinity) | fromYaml }}
{{- $preset := .settings.antiAffinity | default "none" }}
{{- if and (ne $preset "none") (not (hasKey $affinity "podAntiAffinity")) }}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "taskrunner.selectorLabels" . | fromYaml)) }}
{{- $soft := dict "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 100 "podAffinityTerm" $term)) }}
{{- $_ := set $affinity "podAntiAffinity" (eq $preset "hard" | ternary (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $term)) $soft) }}
{{- end }}
{{- toYaml $affinity }}
{{- end }}
