using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Dane;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Operator;

namespace Postern.Roles.Resolver.Wire;

/// <summary>
/// A host's case as it goes to a worker. The resolver has read what strangers publish, so that its word is taken apart like
/// anybody's: what is read here has the form that whoever connects may rely on.
/// </summary>
internal static class HopForm
{
    /// <summary>A certificate of DANE-TA may be for the base, the next hop, and what that expands to; the operator's hosts are no names.</summary>
    private const int MaxNames = 16;

    /// <summary>What one octet counts. Of more pins the others are left out: then their keys are nobody's.</summary>
    private const int MaxPins = byte.MaxValue;
    private const int PinLength = 32;
    private const int V4Length = 4;
    private const int V6Length = 16;

    /// <summary>Codes of SMTP that refuse.</summary>
    private const int LeastCode = 400;
    private const int MostCode = 599;

    /// <summary><c>5.123.123</c> (RFC 3463 §2).</summary>
    private const int MaxEnhanced = 9;

    public static void Write(HopCase hop, ref FieldWriter writer)
    {
        writer.Put(hop.Domain.Text);
        writer.Put(hop.Host.Text);
        Write(hop.Addresses, ref writer);
        writer.Put((byte)hop.Source);
        writer.Put(Bit(hop.MxAuthenticated));
        writer.Put(Bit(hop.SenderRequiresTls));
        Write(hop.Demand, ref writer);
        writer.Put(Bit(hop.Watch is not null));
        if (hop.Watch is { } watch)
            Write(watch, ref writer);
        Write(hop.Refusal, ref writer);
    }

    /// <summary>Null, and the reader broken, when it is none.</summary>
    public static HopCase? Read(ref FieldReader reader)
    {
        DnsName? domain = reader.Name();
        DnsName? host = reader.Name();
        ImmutableArray<IPAddress> addresses = Addresses(ref reader);
        var source = (PolicySource)reader.Byte();
        bool authenticated = reader.Flag();
        bool requires = reader.Flag();
        TlsDemand? demand = Demand(ref reader);
        TlsDemand? watch = reader.Flag() ? Demand(ref reader) : null;
        SmtpRefusal? refusal = Refusal(ref reader);

        // What is not passed over can be dialled.
        if (!Enum.IsDefined(source) || (refusal is null && addresses.IsEmpty))
            reader.Break();
        return reader.IsBroken
            ? null
            : new HopCase
            {
                Domain = domain!,
                Host = host!,
                Addresses = addresses,
                Source = source,
                Demand = demand!,
                Watch = watch,
                MxAuthenticated = authenticated,
                SenderRequiresTls = requires,
                Refusal = refusal,
            };
    }

    public static void Write(SmtpRefusal? refusal, ref FieldWriter writer)
    {
        writer.Put((ushort)(refusal?.Code ?? 0));
        if (refusal is null)
            return;
        writer.Put(refusal.Enhanced);
        writer.Put(refusal.Text);
    }

    /// <summary>Null where none is said; the reader is broken where what is said is none.</summary>
    public static SmtpRefusal? Refusal(ref FieldReader reader)
    {
        int code = reader.Word();
        if (code == 0)
            return null;

        string enhanced = reader.Text(MaxEnhanced);
        string text = reader.Text(SmtpRefusal.MaxText);
        if (code is < LeastCode or > MostCode || enhanced.Length == 0 || enhanced[0] - '0' != code / 100 || enhanced.Any(letter => !char.IsAsciiDigit(letter) && letter != '.'))
            reader.Break();
        return reader.IsBroken ? null : new SmtpRefusal(code, enhanced, text);
    }

    public static void Write(TlsDemand demand, ref FieldWriter writer)
    {
        writer.Put((byte)demand.Proof);
        writer.Put(demand.Sni.Text);
        writer.Put((byte)demand.Names.Length);
        foreach (DnsName name in demand.Names)
            writer.Put(name.Text);
        writer.Put((byte)demand.Tlsa.Length);
        foreach (TlsaRecord record in demand.Tlsa)
        {
            writer.Put((byte)record.Usage);
            writer.Put((byte)record.Selector);
            writer.Put((byte)record.Matching);
            writer.Put((ushort)record.Data.Length);
            writer.Put(record.Data.AsSpan());
        }

        int pins = Math.Min(demand.Pins.Length, MaxPins);
        writer.Put((byte)pins);
        foreach (Pin pin in demand.Pins.AsSpan()[..pins])
            writer.Put(pin.Digest.AsSpan());
    }

    /// <summary>Null, and the reader broken, when it is none.</summary>
    public static TlsDemand? Demand(ref FieldReader reader)
    {
        var proof = (TlsProof)reader.Byte();
        DnsName? sni = reader.Name();
        ImmutableArray<DnsName> names = Names(ref reader);
        ImmutableArray<TlsaRecord> tlsa = Tlsa(ref reader);
        ImmutableArray<Pin> pins = Pins(ref reader);

        // A demand with nothing to be matched would be met by nobody, or by anybody: it is none.
        bool isGood = proof switch
        {
            TlsProof.IfOffered or TlsProof.Encrypted => true,
            TlsProof.WebPki => !names.IsEmpty,
            TlsProof.Pins => !pins.IsEmpty,
            TlsProof.Dane => !tlsa.IsEmpty && !names.IsEmpty,
            _ => false,
        };
        if (!isGood)
            reader.Break();
        return reader.IsBroken ? null : new TlsDemand(proof, sni!) { Names = names, Tlsa = tlsa, Pins = pins };
    }

    /// <summary>No more than <see cref="HopCase.MaxAddresses"/>.</summary>
    public static void Write(ImmutableArray<IPAddress> addresses, ref FieldWriter writer)
    {
        writer.Put((byte)addresses.Length);
        Span<byte> bytes = stackalloc byte[V6Length];
        foreach (IPAddress address in addresses)
        {
            _ = address.TryWriteBytes(bytes, out int length);
            writer.Put((byte)length);
            writer.Put(bytes[..length]);
        }
    }

    public static ImmutableArray<IPAddress> Addresses(ref FieldReader reader)
    {
        int count = Count(ref reader, HopCase.MaxAddresses);
        var addresses = ImmutableArray.CreateBuilder<IPAddress>(count);
        for (int i = 0; i < count && !reader.IsBroken; i++)
        {
            ReadOnlySpan<byte> bytes = reader.Take(reader.Byte());
            if (bytes.Length is V4Length or V6Length)
                addresses.Add(new IPAddress(bytes));
            else
                reader.Break();
        }

        return addresses.ToImmutable();
    }

    private static ImmutableArray<DnsName> Names(ref FieldReader reader)
    {
        int count = Count(ref reader, MaxNames);
        var names = ImmutableArray.CreateBuilder<DnsName>(count);
        for (int i = 0; i < count && !reader.IsBroken; i++)
        {
            if (reader.Name() is { } name)
                names.Add(name);
        }

        return names.ToImmutable();
    }

    private static ImmutableArray<TlsaRecord> Tlsa(ref FieldReader reader)
    {
        int count = Count(ref reader, TlsaUse.MaxRecords);
        var records = ImmutableArray.CreateBuilder<TlsaRecord>(count);
        for (int i = 0; i < count && !reader.IsBroken; i++)
            records.Add(new TlsaRecord((TlsaUsage)reader.Byte(), (TlsaSelector)reader.Byte(), (TlsaMatching)reader.Byte(), [.. reader.Take(reader.Word())]));
        return records.ToImmutable();
    }

    private static ImmutableArray<Pin> Pins(ref FieldReader reader)
    {
        int count = Count(ref reader, MaxPins);
        var pins = ImmutableArray.CreateBuilder<Pin>(count);
        for (int i = 0; i < count && !reader.IsBroken; i++)
            pins.Add(new Pin([.. reader.Take(PinLength)]));
        return pins.ToImmutable();
    }

    private static int Count(ref FieldReader reader, int most)
    {
        int count = reader.Byte();
        if (count <= most)
            return count;
        reader.Break();
        return 0;
    }

    private static byte Bit(bool value) => value ? (byte)1 : (byte)0;
}
