{{/* A budget for voluntary evictions: .name, .component, .pool, .budget and .most pods. */}}
{{- define "taskrunner.pdb" -}}
{{- with include "taskrunner.budget" . }}
---
apiVersion: {{ semverCompare ">=1.21-0" $.root.Capabilities.KubeVersion.Version | ternary "policy/v1" "policy/v1beta1" }}
kind: PodDisruptionBudget
metadata:
  {{- include "taskrunner.metadata" (pick $ "root" "name" "component" "pool") | nindent 2 }}
spec:
  {{- . | nindent 2 }}
  {{- if semverCompare ">=1.27-0" $.root.Capabilities.KubeVersion.Version }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  {{- end }}
  selector:
    matchLabels:
      {{- include "taskrunner.selectorLabels" $ | nindent 6 }}
{{- end }}
{{- end }}
