{{/* Refuses values that would install something else than they seem to, naming the value and the remedy. */}}
{{- define "openelb.refusals" -}}
{{- range $path, $image := dict "image" .Values.image "controller.image" .Values.controller.image "agent.image" .Values.agent.image "speaker.image" (.Values.speaker.image | default dict) -}}
{{- if regexMatch "kubesphere/openelb(-|$)" ($image.repository | default "" | toString) -}}
{{- fail (printf "\n\n%s.repository is %s: that is OpenELB's own image, which this chart cannot run. Remove %s from your values.\n" $path $image.repository $path) -}}
{{- end -}}
{{- end -}}
{{- if regexMatch "^v0\\.[0-6]\\." (.Values.global.tag | default "" | toString) -}}
{{- fail (printf "\n\nglobal.tag is %s: that is a release of OpenELB, which this chart cannot run. Remove global.tag from your values.\n" .Values.global.tag) -}}
{{- end -}}
{{- $agent := include "openelb.agent.values" . | fromYaml -}}
{{- if and $agent.monitorEnable (eq (int $agent.monitorPort) (int $agent.healthPort)) -}}
{{- fail (printf "\n\nagent.monitorPort and agent.healthPort are both %d: give each a port of its own.\n" (int $agent.healthPort)) -}}
{{- end -}}
{{- if and .Values.controller.monitorEnable (eq (int .Values.controller.monitorPort) (int .Values.controller.healthPort)) -}}
{{- fail (printf "\n\ncontroller.monitorPort and controller.healthPort are both %d: give each a port of its own.\n" (int .Values.controller.healthPort)) -}}
{{- end -}}
{{- if and .Values.networkPolicy.enable .Values.controller.enable .Values.webhook.enabled (not .Values.networkPolicy.apiServers) -}}
{{- fail "\n\nnetworkPolicy.enable is true and networkPolicy.apiServers is empty: the webhook would let in either everybody or nobody. List the addresses that the API servers call from, as in networkPolicy.apiServers=[\"192.0.2.1/32\"] (kubectl -n default get endpoints kubernetes), or set webhook.enabled=false.\n" -}}
{{- end -}}
{{- if and .Values.webhook.clientNames (not .Values.webhook.clientCA) -}}
{{- fail "\n\nwebhook.clientNames is given without webhook.clientCA: name the ConfigMap with the authority, too.\n" -}}
{{- end -}}
{{- end -}}
