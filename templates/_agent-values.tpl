{{/* `agent`, with what an OpenELB user set under `speaker` laid over it. Returns YAML. */}}
{{- define "openelb.agent.values" -}}
{{- $agent := deepCopy .Values.agent -}}
{{- range $key := list "enable" "nodeSelector" "affinity" "tolerations" "priorityClass" "monitorEnable" "monitorPort" -}}
{{- if hasKey ($.Values.speaker | default dict) $key -}}
{{- $_ := set $agent $key (index $.Values.speaker $key) -}}
{{- end -}}
{{- end -}}
{{- toYaml $agent -}}
{{- end -}}
