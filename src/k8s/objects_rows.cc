#include "json/row.h"
#include "k8s/scalar_codecs.h"
#include "taskpod/k8s/objects.h"

namespace taskpod::k8s {

using json::field;
using json::Presence;

std::span<const json::Row> Binding::rows() {
  static constexpr json::Row kRows[] = {
      field<&Binding::apiVersion>("apiVersion"),
      field<&Binding::kind>("kind"),
      field<&Binding::metadata>("metadata"),
      field<&Binding::target>("target"),
  };
  return kRows;
}

std::span<const json::Row> EventSource::rows() {
  static constexpr json::Row kRows[] = {
      field<&EventSource::component>("component"),
      field<&EventSource::host>("host"),
  };
  return kRows;
}

std::span<const json::Row> Event::rows() {
  static constexpr json::Row kRows[] = {
      field<&Event::apiVersion>("apiVersion"),
      field<&Event::kind>("kind"),
      field<&Event::metadata>("metadata"),
      field<&Event::involvedObject>("involvedObject"),
      field<&Event::reason>("reason"),
      field<&Event::message>("message"),
      field<&Event::source>("source"),
      field<&Event::firstTimestamp>("firstTimestamp"),
      field<&Event::lastTimestamp>("lastTimestamp"),
      field<&Event::count>("count"),
      field<&Event::type>("type"),
      field<&Event::eventTime>("eventTime"),
      field<&Event::action>("action"),
      field<&Event::reportingComponent>("reportingComponent", Presence::Always),
      field<&Event::reportingInstance>("reportingInstance", Presence::Always),
  };
  return kRows;
}

std::span<const json::Row> LeaseSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&LeaseSpec::holderIdentity>("holderIdentity"),     field<&LeaseSpec::leaseDurationSeconds>("leaseDurationSeconds"),
      field<&LeaseSpec::acquireTime>("acquireTime"),           field<&LeaseSpec::renewTime>("renewTime"),
      field<&LeaseSpec::leaseTransitions>("leaseTransitions"),
  };
  return kRows;
}

std::span<const json::Row> Lease::rows() {
  static constexpr json::Row kRows[] = {
      field<&Lease::apiVersion>("apiVersion"),
      field<&Lease::kind>("kind"),
      field<&Lease::metadata>("metadata"),
      field<&Lease::spec>("spec"),
  };
  return kRows;
}

std::span<const json::Row> Secret::rows() {
  static constexpr json::Row kRows[] = {
      field<&Secret::apiVersion>("apiVersion"),
      field<&Secret::kind>("kind"),
      field<&Secret::metadata>("metadata"),
      field<&Secret::immutable>("immutable"),
      field<&Secret::data>("data"),
      field<&Secret::stringData>("stringData"),
      field<&Secret::type>("type"),
  };
  return kRows;
}

std::span<const json::Row> ConfigMap::rows() {
  static constexpr json::Row kRows[] = {
      field<&ConfigMap::apiVersion>("apiVersion"), field<&ConfigMap::kind>("kind"), field<&ConfigMap::metadata>("metadata"),
      field<&ConfigMap::immutable>("immutable"),   field<&ConfigMap::data>("data"), field<&ConfigMap::binaryData>("binaryData"),
  };
  return kRows;
}

std::span<const json::Row> ServicePort::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServicePort::name>("name"),
      field<&ServicePort::protocol>("protocol"),
      field<&ServicePort::appProtocol>("appProtocol"),
      field<&ServicePort::port>("port", Presence::Always),
      field<&ServicePort::targetPort>("targetPort"),
      field<&ServicePort::nodePort>("nodePort"),
  };
  return kRows;
}

std::span<const json::Row> ServiceSpec::rows() {
  static constexpr json::Row kRows[] = {
      field<&ServiceSpec::ports>("ports"),
      field<&ServiceSpec::selector>("selector"),
      field<&ServiceSpec::clusterIP>("clusterIP"),
      field<&ServiceSpec::type>("type"),
  };
  return kRows;
}

std::span<const json::Row> Service::rows() {
  static constexpr json::Row kRows[] = {
      field<&Service::apiVersion>("apiVersion"),
      field<&Service::kind>("kind"),
      field<&Service::metadata>("metadata"),
      field<&Service::spec>("spec"),
  };
  return kRows;
}

}  // namespace taskpod::k8s
