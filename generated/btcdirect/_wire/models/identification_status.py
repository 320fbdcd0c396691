from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.identification_status_data import IdentificationStatusData


T = TypeVar("T", bound="IdentificationStatus")


@_attrs_define
class IdentificationStatus:
    """The liveness check of an order. Which values its fields take is not documented."""

    name: str
    """ Name of the identification status """
    status: str
    """ The current status of the specific identification status response. Open: its values. Vendor docs of
    another endpoint use `missing` and `pending` for the same object.
     """
    type_: None | str | Unset = UNSET
    """ The type of the identification. """
    data: IdentificationStatusData | Unset = UNSET
    """ Additional data related to the specific identification status response. Its keys are not documented
    beyond the example; `accessToken` is a secret, handed to the identity provider's scanner.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        status = self.status

        type_: None | str | Unset
        if isinstance(self.type_, Unset):
            type_ = UNSET
        else:
            type_ = self.type_

        data: dict[str, Any] | Unset = UNSET
        if not isinstance(self.data, Unset):
            data = self.data.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "status": status,
            }
        )
        if type_ is not UNSET:
            field_dict["type"] = type_
        if data is not UNSET:
            field_dict["data"] = data

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.identification_status_data import IdentificationStatusData

        d = dict(src_dict)
        name = d.pop("name")

        status = d.pop("status")

        def _parse_type_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        type_ = _parse_type_(d.pop("type", UNSET))

        _data = d.pop("data", UNSET)
        data: IdentificationStatusData | Unset
        if isinstance(_data, Unset):
            data = UNSET
        else:
            data = IdentificationStatusData.from_dict(_data)

        identification_status = cls(
            name=name,
            status=status,
            type_=type_,
            data=data,
        )

        identification_status.additional_properties = d
        return identification_status

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
