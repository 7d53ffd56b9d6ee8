using System.Collections.Immutable;

namespace Postern.Interop.LibUnbound;

/// <summary>
/// The keys that sign the root of the DNS, in the form of zone files: a new machine need not have them in a file. They are public
/// facts, published at https://data.iana.org/root-anchors/root-anchors.xml; RFC 9718 says how to verify them.
/// </summary>
public static class RootAnchors
{
    /// <summary>KSK-2017 (20326) and KSK-2024 (38696), which signs since October 2026.</summary>
    public static ImmutableArray<string> Digests { get; } =
    [
        ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
        ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
    ];
}
