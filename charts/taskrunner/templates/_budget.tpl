{{/* A budget for voluntary evictions: .name, .component, .pool, .budget and .most pods. None where one pod is all there is, for its node could not be
drained then. A pod that is not ready may always go. */}}
{{- define "taskrunner.pdb" -}}
{{- $kubernetes := .root.Capabilities.KubeVersion.Version }}
{{- if and .budget.enabled (gt (int .most) 1) }}
{{- $api := semverCompare ">=1.21-0" $kubernetes | ternary "policy/v1" "policy/v1beta1" }}
---
{{ include "taskrunner.head" (merge (dict "api" $api "kind" "PodDisruptionBudget") .) }}
spec:
  {{- $key := kindIs "invalid" .budget.minAvailable | ternary "maxUnavailable" "minAvailable" }}
  {{ $key }}: {{ get .budget $key }}
  {{- if semverCompare ">=1.27-0" $kubernetes }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  {{- end }}
  selector:
    matchLabels:
      {{- include "taskrunner.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end }}
