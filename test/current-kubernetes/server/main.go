// An API server of Kubernetes for custom resources and nothing else: its own code (k8s.io/apiextensions-apiserver) for
// CustomResourceDefinitions, CEL rules and validation ratcheting, and for the admission policies in a file
// (k8s.io/apiserver). It lets everybody in, with all rights; who wants to be somebody else impersonates him.
//
// Flags: those of an apiextensions-apiserver for etcd, serving and --emulated-version, and --policies FILE.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/spf13/pflag"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
	"k8s.io/apiextensions-apiserver/pkg/apiserver"
	"k8s.io/apiextensions-apiserver/pkg/cmd/server/options"
	generatedopenapi "k8s.io/apiextensions-apiserver/pkg/generated/openapi"
	"k8s.io/apimachinery/pkg/runtime"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/util/compatibility"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/apiserver/pkg/util/webhook"
	"k8s.io/client-go/kubernetes/scheme"
	basecompatibility "k8s.io/component-base/compatibility"
	baseversion "k8s.io/component-base/version"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "current-kubernetes:", err)
		os.Exit(1)
	}
}

func run() error {
	if err := allowOldEmulation(); err != nil {
		return err
	}
	o := options.NewCustomResourceDefinitionsServerOptions(os.Stdout, os.Stderr)
	// What these are for needs another API server behind this one.
	o.RecommendedOptions.Authentication = nil
	o.RecommendedOptions.Authorization = nil
	o.RecommendedOptions.CoreAPI = nil
	o.RecommendedOptions.Admission = nil
	o.RecommendedOptions.Features.EnablePriorityAndFairness = false

	flags := pflag.NewFlagSet(os.Args[0], pflag.ContinueOnError)
	o.AddFlags(flags)
	policies := flags.String("policies", "", "File with ValidatingAdmissionPolicies, their bindings, and Namespaces.")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	if err := o.ServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	if err := utilerrors.NewAggregate([]error{o.Complete(), o.Validate()}); err != nil {
		return err
	}
	objects, err := readObjects(*policies)
	if err != nil {
		return err
	}
	config, err := configure(o, objects)
	if err != nil {
		return err
	}
	server, err := config.Complete().New(genericapiserver.NewEmptyDelegate())
	if err != nil {
		return err
	}
	return server.GenericAPIServer.PrepareRun().RunWithContext(genericapiserver.SetupSignalContext())
}

// Released servers emulate the last three versions only, though what they need for older ones is still there.
func allowOldEmulation() error {
	binary := version.MustParse(baseversion.DefaultKubeBinaryVersion)
	floor := version.MajorMinor(1, 31)
	registry := compatibility.DefaultComponentGlobalsRegistry
	registry.Reset()
	return registry.Register(
		basecompatibility.DefaultKubeComponent,
		basecompatibility.NewEffectiveVersion(binary, false, floor, version.MajorMinor(1, 30)),
		utilfeature.DefaultMutableFeatureGate,
	)
}

func configure(o *options.CustomResourceDefinitionsServerOptions, objects []runtime.Object) (*apiserver.Config, error) {
	recommended := o.RecommendedOptions
	loopback := net.IPv4(127, 0, 0, 1)
	if err := recommended.SecureServing.MaybeDefaultWithSelfSignedCerts("localhost", nil, []net.IP{loopback}); err != nil {
		return nil, err
	}
	config := genericapiserver.NewRecommendedConfig(apiserver.Codecs)
	if err := o.ServerRunOptions.ApplyTo(&config.Config); err != nil {
		return nil, err
	}
	if err := recommended.ApplyTo(config); err != nil {
		return nil, err
	}
	resources := apiserver.DefaultAPIResourceConfigSource()
	if err := o.APIEnablement.ApplyTo(&config.Config, resources, apiserver.Scheme); err != nil {
		return nil, err
	}
	config.Authentication.Authenticator = authenticator.RequestFunc(everybodyIsAdmin)
	config.OpenAPIV3Config = genericapiserver.DefaultOpenAPIV3Config(
		generatedopenapi.GetOpenAPIDefinitions,
		openapinamer.NewDefinitionNamer(apiserver.Scheme, scheme.Scheme),
	)
	if err := admitByPolicies(config, objects); err != nil {
		return nil, err
	}
	return &apiserver.Config{
		GenericConfig: config,
		ExtraConfig: apiserver.ExtraConfig{
			CRDRESTOptionsGetter: options.NewCRDRESTOptionsGetter(
				*recommended.Etcd, config.ResourceTransformers, config.StorageObjectCountTracker),
			ServiceResolver: webhook.NewDefaultServiceResolver(),
			AuthResolverWrapper: webhook.NewDefaultAuthenticationInfoResolverWrapper(
				nil, nil, config.LoopbackClientConfig, nooptrace.NewTracerProvider()),
		},
	}, nil
}

func everybodyIsAdmin(*http.Request) (*authenticator.Response, bool, error) {
	admin := &user.DefaultInfo{Name: "admin", Groups: []string{user.SystemPrivilegedGroup, user.AllAuthenticated}}
	return &authenticator.Response{User: admin}, true, nil
}
